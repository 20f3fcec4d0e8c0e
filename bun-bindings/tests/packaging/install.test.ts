import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { useDevServer } from '../support/dev-server.ts';
import { usePackages } from './support/packages.ts';
import { ALIAS, HELLO, temporalPackages, UserProject, VERSION } from './support/user-project.ts';

const MB = 1_000_000;
const MAX_TARBALL = 8 * MB;
const packages = usePackages();
const server = useDevServer();

/** Runs the workflow of {@link HELLO} once. `WORKER` and `TESTING` stand for the names of the packages. */
const RUN = `
  import { Client } from '@temporalio/client';
  import { NativeConnection, Worker } from 'WORKER';
  import * as activities from './activities.js';
  import { hello } from './workflows.js';
  const connection = await NativeConnection.connect({ address: process.env.ADDRESS });
  const taskQueue = crypto.randomUUID();
  const worker = await Worker.create({ connection, taskQueue, workflowsPath: require.resolve('./workflows'), activities });
  const client = new Client({ connection });
  const options = { taskQueue, workflowId: taskQueue, args: ['user'] as [string] };
  await worker.runUntil(async () => {
    console.log(await client.workflow.execute(hello, options));
    const failing = { ...options, workflowId: taskQueue + '-failing', args: ['nobody'] as [string] };
    console.log(await client.workflow.execute(hello, failing).catch((error) => error.cause.cause.stack));
  });
  await connection.close();`;

const TEST = `
  import { expect, test } from 'bun:test';
  import { MockActivityEnvironment, useTestEnvironment } from 'TESTING';
  import { Worker } from 'WORKER';
  import * as activities from './activities.js';
  import { hello } from './workflows.js';
  const env = useTestEnvironment();
  test('the workflow greets', async () => {
    const { nativeConnection: connection, client } = env;
    const taskQueue = 'test';
    const worker = await Worker.create({ connection, taskQueue, workflowsPath: require.resolve('./workflows'), activities });
    const options = { taskQueue, workflowId: 'test', args: ['test'] as [string] };
    expect(await worker.runUntil(() => client.workflow.execute(hello, options))).toBe('Hello, test!');
    expect(await new MockActivityEnvironment().run(activities.greet, 'mock')).toBe('Hello, mock!');
  });`;

function withNames(text: string, worker: string, testing: string): string {
  return text.replaceAll('WORKER', worker).replaceAll('TESTING', testing);
}

test('no tarball is larger than 8 MB, beside that of the library', () => {
  const sizes = readdirSync(packages.tarballs).map((name) => [name, statSync(join(packages.tarballs, name)).size]);
  expect(sizes.map(([name]) => name).sort()).toEqual([
    `temporal-bun-sdk-${VERSION}.tgz`,
    `temporal-bun-sdk-linux-x64-gnu-${VERSION}.tgz`,
    `temporal-bun-sdk-testing-${VERSION}.tgz`,
  ]);
  // The library of the tests is built to be built quickly. scripts/build-release limits the size of the published one.
  const others = sizes.filter(([name]) => !String(name).includes('linux-x64-gnu'));
  expect(others.filter(([, size]) => Number(size) > MAX_TARBALL)).toEqual([]);
});

describe('"bun add temporal-bun-sdk" in an empty project', () => {
  const project = new UserProject({ 'package.json': { private: true }, ...HELLO });
  beforeAll(async () => {
    const env = { npm_config_registry: packages.registry };
    const { exitCode, output } = await project.bun(['add', 'temporal-bun-sdk', '@temporalio/client'], env);
    if (exitCode !== 0) throw new Error(output);
  }, 60_000);
  afterAll(() => project.remove());

  test('brings the worker with all that it needs, in at most 45 MB beside the library', () => {
    expect(project.installed('temporal-bun-sdk')).toEqual(['node_modules/temporal-bun-sdk']);
    expect(project.installed('@temporal-bun-sdk/*')).toEqual(['node_modules/@temporal-bun-sdk/linux-x64-gnu']);
    expect(project.installed('@temporalio/common')).toEqual(['node_modules/@temporalio/common']);
    const library = project.installedSize('node_modules/@temporal-bun-sdk/linux-x64-gnu');
    expect(library).toBeGreaterThan(10 * MB);
    expect(project.installedSize() - library).toBeLessThan(45 * MB);
  });

  test('brings the licences of the crates that are in the library', async () => {
    const text = await Bun.file(project.path('node_modules/@temporal-bun-sdk/linux-x64-gnu/LICENSE-CRATES')).text();
    for (const crate of ['ring', 'rustls', 'tokio', 'temporalio-sdk-core']) {
      expect(text).toMatch(new RegExp(`^${crate} \\d+\\.\\d+`, 'm'));
      // Once in the list, and once above its text.
      expect(text.match(new RegExp(`\\b${crate} \\d+\\.\\d+\\.\\d+`, 'g'))?.length).toBeGreaterThan(1);
    }
    expect(text).toContain('THE SOFTWARE IS PROVIDED "AS IS"');
  });

  test('runs a workflow, with the library bundle that is in the package', async () => {
    project.write({ 'run.ts': withNames(RUN, 'temporal-bun-sdk', 'temporal-bun-sdk/testing') });
    const { output } = await project.bun(['run.ts'], { ADDRESS: server.address });
    expect(output).toContain('Hello, user!');
    // Without the frames of the package.
    expect(output).toMatch(/\nError: there is nobody\n *at greet [^\n]*\n(?! *at )/);
    project.write({
      'prebuilt.ts': `
        import { readPrebuiltLibrary } from './node_modules/temporal-bun-sdk/lib/workflow/bundling/prebuilt-library.js';
        console.log(readPrebuiltLibrary([]) === undefined ? 'of no use' : 'used');`,
    });
    expect((await project.bun(['prebuilt.ts'])).output).toBe('used\n');
  }, 60_000);

  test('runs tests of its own', async () => {
    project.write({ 'hello.test.ts': withNames(TEST, 'temporal-bun-sdk', 'temporal-bun-sdk/testing') });
    const { exitCode, output } = await project.bun(['test']);
    expect(output).toContain(' 1 pass\n');
    expect(exitCode).toBe(0);
  }, 60_000);

  test('bundles workflows with modules that they preload', async () => {
    project.write({
      'preloaded.ts': "export const greeting = 'Servus';",
      'preloading.ts': "import { greeting } from './preloaded'; export const hello = async () => greeting;",
      'preload.ts': `
        import { bundleWorkflowCode } from 'temporal-bun-sdk';
        const { code } = await bundleWorkflowCode({
          workflowsPath: import.meta.resolve('./preloading'),
          preloadModules: [import.meta.resolve('./preloaded')],
        });
        console.log(code.includes('Servus') ? 'bundled' : 'left out');`,
    });
    expect((await project.bun(['preload.ts'])).output).toBe('bundled\n');
  }, 60_000);

  test('bundles workflows as a configuration of webpack says', async () => {
    project.write({
      'loader.cjs': "module.exports = (text) => 'module.exports = ' + JSON.stringify(text.toUpperCase());",
      'greeting.txt': 'servus',
      'hooked.ts': "import greeting from 'greeting'; export const hello = async () => greeting;",
      'hook.ts': `
        import { bundleWorkflowCode } from 'temporal-bun-sdk';
        const webpackConfigHook = (config) => {
          config.resolve.alias.greeting = require.resolve('./greeting.txt');
          config.module.rules.push({ test: /txt$/, loader: require.resolve('./loader.cjs') });
          return config;
        };
        const { code } = await bundleWorkflowCode({ workflowsPath: require.resolve('./hooked'), webpackConfigHook });
        console.log(code.includes('SERVUS') ? 'bundled' : 'left out');`,
    });
    expect((await project.bun(['hook.ts'])).output).toBe('bundled\n');
  }, 60_000);

  test('has the command line', async () => {
    expect((await project.bun(['run', 'start-worker', '--version'])).output).toContain(VERSION);
  });
});

describe.each(['bun', 'npm'])('in the place of @temporalio/worker, installed with %s', (installer) => {
  const project = new UserProject({
    'package.json': {
      private: true,
      dependencies: {
        ...temporalPackages(),
        '@temporalio/worker': ALIAS,
        // They ask for @temporalio/worker themselves.
        'nestjs-temporal-core': '3.4.0',
        '@temporalio/interceptors-opentelemetry': '1.24.0',
      },
      devDependencies: { '@temporalio/testing': `npm:@temporal-bun-sdk/testing@${VERSION}` },
    },
    ...HELLO,
    'run.ts': withNames(RUN, '@temporalio/worker', '@temporalio/testing'),
    'hello.test.ts': withNames(TEST, '@temporalio/worker', '@temporalio/testing'),
  });
  beforeAll(async () => {
    if (installer === 'npm') await project.npmInstall(packages);
    else await project.bunInstall(packages);
  }, 120_000);
  afterAll(() => project.remove());

  test('it is the only worker, without webpack and core-bridge', () => {
    expect(project.installed('@temporalio/worker')).toEqual(['node_modules/@temporalio/worker']);
    for (const name of ['temporal-bun-sdk', '@temporalio/core-bridge', 'webpack', '@swc/core']) {
      expect(project.installed(name)).toEqual([]);
    }
  });

  test('messages come from one copy of their packages', () => {
    const path = (from: string) => Bun.resolveSync('protobufjs', join(project.folder, 'node_modules', from));
    const packagesWithMessages = ['@temporalio/common', '@temporalio/proto', '@temporalio/worker'];
    expect(new Set(packagesWithMessages.map(path)).size).toBe(1);
    expect(project.installed('@temporalio/proto')).toHaveLength(1);
  });

  test('a workflow and tests run', async () => {
    const run = await project.bun(['run.ts'], { ADDRESS: server.address });
    expect(run.output).toContain('Hello, user!');
    const tests = await project.bun(['test']);
    expect(tests.output).toContain(' 1 pass\n');
    expect(tests.exitCode).toBe(0);
  }, 60_000);
});
