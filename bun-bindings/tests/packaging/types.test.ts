import { afterAll, beforeAll, expect, test } from 'bun:test';
import { usePackages } from './support/packages.ts';
import { TypeCheck } from './support/type-check.ts';
import { ALIAS, HELLO, temporalPackages, UserProject, VERSION } from './support/user-project.ts';

const packages = usePackages();
const project = new UserProject({
  'package.json': {
    private: true,
    type: 'module',
    dependencies: { ...temporalPackages(), '@temporalio/worker': ALIAS },
    devDependencies: {
      '@temporalio/testing': `npm:@temporal-bun-sdk/testing@${VERSION}`,
      '@types/bun': '1.4.5',
    },
  },
  ...HELLO,
  // Names every module of the package, and makes use of what comes from them.
  'worker.ts': `
    import { MockActivityEnvironment, TestWorkflowEnvironment } from '@temporalio/testing';
    import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
    import { IllegalStateError } from '@temporalio/worker/lib/errors';
    import { useTestEnvironment } from '@temporalio/worker/testing';
    import * as activities from './activities.js';
    export async function run(options: Partial<WorkerOptions>): Promise<string> {
      const connection = await NativeConnection.connect({ address: 'localhost:7233' });
      const worker = await Worker.create({ connection, taskQueue: 'q', activities, ...options });
      if (worker.getState() !== 'INITIALIZED') throw new IllegalStateError('not new');
      const environment: { address: string } = useTestEnvironment();
      await TestWorkflowEnvironment.createLocal();
      const greeting: string = await new MockActivityEnvironment().run(activities.greet, environment.address);
      await worker.run();
      return greeting;
    }`,
});
beforeAll(() => project.bunInstall(packages), 60_000);
afterAll(() => project.remove());

const common = { strict: true, noEmit: true, skipLibCheck: false, target: 'es2022', types: ['bun'] };
const bundler = { module: 'esnext', moduleResolution: 'bundler' };
const strictest = {
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
};

const check = new TypeCheck(project);

test.each<[string, object]>([
  ['bundler', bundler],
  ['bundler and strictest', { ...bundler, ...strictest }],
  ['node16', { module: 'node16', moduleResolution: 'node16' }],
  ['nodenext and strictest', { module: 'nodenext', moduleResolution: 'nodenext', ...strictest }],
  ['node10', { module: 'es2022', moduleResolution: 'node10' }],
  ['isolated declarations', { ...bundler, isolatedDeclarations: true, declaration: true }],
  ['types of Node only', { ...bundler, types: ['node'], lib: ['es2022'] }],
])(
  'the types hold, whatever the settings of a project: %s',
  (_name, settings) => {
    const files = ['worker.ts', 'workflows.ts'];
    expect(check.errors({ ...common, ...settings }, files, ['@temporalio/worker', '@temporalio/testing'])).toEqual([]);
  },
  60_000,
);

test('an error in the types would be found', () => {
  project.write({ 'wrong.ts': "import { Worker } from '@temporalio/worker';\nexport const n: number = Worker.name;" });
  expect(check.errors({ ...common, ...bundler }, ['wrong.ts'], [])).toEqual([expect.stringContaining('TS2322')]);
}, 60_000);

test('declarations lead to the sources, which are in the package', async () => {
  const folder = 'node_modules/@temporalio/worker/lib/worker';
  const { sources } = await Bun.file(project.path(`${folder}/worker.d.ts.map`)).json();
  expect(sources).toEqual(['../../src/worker/worker.ts']);
  expect(await Bun.file(project.path(`${folder}/${sources[0]}`)).text()).toContain('export class Worker');
});
