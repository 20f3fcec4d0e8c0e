import { beforeAll, describe, expect, test } from 'bun:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { loadBundle } from '../src/workflow/bundling/bundle.ts';
import { bundleWorkflowCode } from '../src/workflow/bundling/bundler.ts';
import { greet } from './fixtures/activities.ts';
import type * as workflows from './fixtures/bundling/bundled-workflows.ts';
import { useDevServer } from './support/dev-server.ts';
import { cleanUpProjects, openBundle, TemporaryProject } from './support/temporary-project.ts';
import { type RunningWorker, withWorker } from './support/test-worker.ts';

cleanUpProjects();
const server = useDevServer();

function onBundle<R>(codePath: string, fn: (running: RunningWorker) => Promise<R>): Promise<R> {
  const options = { workflowsPath: undefined, workflowBundle: { codePath }, activities: { greet } };
  return withWorker(server, options, fn);
}

function failureOf(promise: Promise<unknown>): Promise<ApplicationFailure> {
  return promise.then(
    () => Promise.reject(new Error('The workflow did not fail')),
    (error) => {
      if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) return error.cause;
      throw error;
    },
  );
}

test('a bundle in a file runs where its sources are gone, and failures still point at them', async () => {
  const project = new TemporaryProject({
    'source/workflows.ts': `import { fail } from './fail.ts';\n\nexport async function main(name: string): Promise<string> {\n  if (name === '') fail();\n  return 'Hello, ' + name;\n}\n`,
    'source/fail.ts': `import { ApplicationFailure } from '@temporalio/workflow';\n\ninterface Erased { line: 3 }\n\nexport function fail(): never {\n  throw ApplicationFailure.nonRetryable('no name');\n}\n`,
  });
  const codePath = project.path('elsewhere/bundle.js');
  const { code } = await bundleWorkflowCode({ workflowsPath: project.path('source/workflows.ts') });
  project.write({ 'elsewhere/bundle.js': code });
  project.remove('source');

  await onBundle(codePath, async ({ client, taskQueue }) => {
    const run = (name: string) =>
      client.workflow.execute('main', { taskQueue, workflowId: crypto.randomUUID(), args: [name] });
    expect(await run('Bun')).toBe('Hello, Bun');
    const { message, stack } = await failureOf(run(''));
    expect(message).toBe('no name');
    expect(stack).toMatch(new RegExp(`at fail \\(${project.path('source/fail.ts')}:6:\\d+\\)`));
    expect(stack).toMatch(new RegExp(`at main \\(${project.path('source/workflows.ts')}:4:\\d+\\)`));
  });
});

const minifiers: Record<string, (code: string) => Promise<string>> = {
  'as it was made': async (code) => code,
  'minified by Terser': async (code) => {
    const { minify } = (await import('./upstream/node_modules/terser/main.js' as string)) as {
      minify(code: string): Promise<{ code: string }>;
    };
    return (await minify(code)).code;
  },
  'minified by Bun': async (code) =>
    new Bun.Transpiler({ loader: 'js', minifyWhitespace: true, deadCodeElimination: true }).transformSync(code),
};

describe('a bundle of @temporalio/worker', () => {
  let project: TemporaryProject;
  let codePath: string;

  beforeAll(async () => {
    project = new TemporaryProject();
    codePath = project.path('bundle.js');
    const node = Bun.spawn(['node', `${import.meta.dir}/upstream/bundle.mjs`, codePath], { stderr: 'inherit' });
    expect(await node.exited).toBe(0);
  }, 60_000);

  const run = <T extends keyof typeof workflows>({ client, taskQueue }: RunningWorker, type: T, ...args: unknown[]) =>
    client.workflow.execute(type, { taskQueue, workflowId: crypto.randomUUID(), args }) as ReturnType<
      (typeof workflows)[T]
    >;

  describe.each(Object.keys(minifiers))('%s', (how) => {
    let code: string;
    beforeAll(async () => {
      code = (await minifiers[how]?.(await Bun.file(codePath).text())) ?? '';
    }, 60_000);

    test.each([true, false])('runs, each run with modules of its own (reuseV8Context: %p)', async (reuseV8Context) => {
      const options = { workflowsPath: undefined, workflowBundle: { code }, activities: { greet }, reuseV8Context };
      await withWorker(server, options, async (running) => {
        const results = await Promise.all(['Ada', 'Bob', 'Cid'].map((name) => run(running, 'greeting', name)));
        // Numbers are doubled, by the converter in the bundle.
        expect(results.map(({ greeting }) => greeting)).toEqual(['Hello, Ada!', 'Hello, Bob!', 'Hello, Cid!']);
        for (const { calls, notes } of results) {
          expect(calls).toBe(1);
          expect(notes[0]).toBe('before');
          expect(notes.filter((note) => note === 'before')).toHaveLength(1);
        }
        expect(await run(running, 'four')).toBe(8);
        expect(new Set(await run(running, 'ids')).size).toBe(2);
        for (let round = 0; round < 2; round++) expect(await run(running, 'counts')).toEqual([1, 2]);
      });
    });
  });

  test('has failures that point at its sources', async () => {
    await onBundle(codePath, async (running) => {
      const { stack } = await failureOf(run(running, 'fails'));
      expect(stack).toMatch(/at fails \(.*tests\/fixtures\/bundling\/bundled-workflows\.ts:25:\d+\)/);
    });
  });

  test('changes what all runs share for its own run alone', async () => {
    const driver = await openBundle(await loadBundle({ codePath }));
    expect((await driver.start('patches')).result).toBe(false);
    expect((await driver.start('patches')).result).toBe(false);
  });

  test('is refused if a hook has taken the names of its modules away, with what to do', async () => {
    const text = await Bun.file(codePath).text();
    project.write({ 'nameless.js': text.replaceAll(/"[^"\n]*\/node_modules\/[^"\n]*"/g, '4711') });
    const error = await onBundle(project.path('nameless.js'), async () => {}).catch((error) => error);
    expect(error.message).toMatch(
      /nameless\.js: it was made by bundleWorkflowCode\(\) of @temporalio\/worker.*Build it again/,
    );
    expect(error.message).toContain("optimization: { moduleIds: 'named', concatenateModules: false }");
  });
});
