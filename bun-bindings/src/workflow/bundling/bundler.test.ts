import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsolateDriver, timerFired } from '../../../tests/support/isolate-driver.ts';
import { loadBundle, parseBundle } from './bundle.ts';
import { bundleWorkflowCode, createWorkflowBundle, WorkflowCodeBundler } from './bundler.ts';

const fixtures = join(import.meta.dir, '../../../tests/fixtures/bundling');
const path = (name: string): string => join(fixtures, name);
const workflowsPath = path('workflows.ts');

const drivers: IsolateDriver[] = [];
afterAll(() => {
  for (const { host } of drivers) host.close();
});

async function open(...args: Parameters<typeof IsolateDriver.open>): Promise<IsolateDriver> {
  const driver = await IsolateDriver.open(...args);
  drivers.push(driver);
  return driver;
}

test('a bundle may be named with or without its extension, or by its directory', async () => {
  const { workflows } = await createWorkflowBundle({ workflowsPath });
  expect((await createWorkflowBundle({ workflowsPath: path('workflows') })).workflows.code).toBe(workflows.code);
  await expect(createWorkflowBundle({ workflowsPath: path('nowhere') })).rejects.toThrow(
    `Cannot find the module ${path('nowhere')}`,
  );
});

test('each run has its own module state', async () => {
  const driver = await open({ workflowsPath });
  expect((await driver.start('counts')).result).toEqual([1, 2]);
  expect((await driver.start('counts')).result).toEqual([1, 2]);
});

test('the library is one, however it is imported, and allowed built-in modules have stand-ins', async () => {
  const driver = await open({ workflowsPath });
  expect((await driver.start('namespaces')).result).toEqual({
    same: true,
    id: 36,
    host: 'example.com',
    bytes: 2,
    preloaded: 'a run',
  });
});

test('a default export takes all other workflow types', async () => {
  const driver = await open({ workflowsPath });
  expect((await driver.start('whatever')).result).toBe('default for whatever');
});

test('interceptors share the modules of their run', async () => {
  const driver = await open({ workflowsPath, workflowInterceptorModules: [path('interceptors.ts')] });
  for (const runId of ['first', 'second']) {
    await driver.start('noted', [], { runId });
    expect((await driver.activate(runId, [timerFired(1)])).result).toEqual(['before', 'conclude', 'after']);
  }
});

test('custom converters are used', async () => {
  const converters = path('converters.ts');
  const driver = await open({ workflowsPath, payloadConverterPath: converters, failureConverterPath: converters });
  expect((await driver.start('four')).result).toBe(8);
  const { commands } = await driver.start('fails');
  expect(commands[0]?.failWorkflowExecution?.failure?.message).toBe('QUIETLY');
});

test('preloaded modules are evaluated once, before any run', async () => {
  const driver = await open({ workflowsPath, preloadModules: [path('preloaded.ts')] });
  expect((await driver.start('namespaces')).result).toMatchObject({ preloaded: 'the library' });
});

test('a module cannot be both preloaded and ignored', () => {
  expect(() => new WorkflowCodeBundler({ workflowsPath, preloadModules: ['a/b'], ignoreModules: ['a'] })).toThrow(
    "Cannot preload modules that are also ignored: 'a/b'",
  );
});

test('plugins change the options, one after the other', async () => {
  const driver = await open({
    workflowsPath: path('nowhere'),
    plugins: [
      { name: 'first', configureBundler: (options) => ({ ...options, workflowsPath }) },
      { name: 'second', configureBundler: (options) => ({ ...options, payloadConverterPath: path('converters.ts') }) },
    ],
  });
  expect((await driver.start('four')).result).toBe(8);
});

describe('errors', () => {
  test('a disallowed module is named with its line and import chain', async () => {
    const bundling = createWorkflowBundle({ workflowsPath: path('forbidden.ts') });
    await expect(bundling).rejects.toThrow(/importing the following disallowed modules/);
    await expect(bundling).rejects.toThrow(
      /- 'node:fs', imported by .*forbidden-helper\.ts:3\n +imported by .*forbidden\.ts:1\n/,
    );
  });

  test('unless it is ignored', async () => {
    const { workflows } = await createWorkflowBundle({ workflowsPath: path('forbidden.ts'), ignoreModules: ['fs'] });
    expect(workflows.code).not.toContain('node:fs');
  });

  /** Bundles a module that is written for this alone: it is not one that could lie about. */
  async function bundleSource(source: string): Promise<unknown> {
    const directory = await mkdtemp(join(tmpdir(), 'bundle-'));
    try {
      await Bun.write(join(directory, 'bad.ts'), source);
      return await createWorkflowBundle({ workflowsPath: join(directory, 'bad.ts') });
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  test('a syntax error is shown with its line', async () => {
    await expect(bundleSource('export function bad() {\n  const = 1;\n}\n')).rejects.toThrow(
      /at .*bad\.ts:2:\d+\n +const = 1;/,
    );
  });

  test('a missing module is shown with the line that imports it', async () => {
    await expect(bundleSource("\nexport { nothing } from './not-there.ts';\n")).rejects.toThrow(
      /"\.\/not-there\.ts"[\s\S]*bad\.ts:2:\d+\n +export \{ nothing \}/,
    );
  });

  test('a webpack hook is refused', async () => {
    await expect(bundleWorkflowCode({ workflowsPath, webpackConfigHook: (config) => config })).rejects.toThrow(
      'webpackConfigHook is not supported',
    );
  });
});

describe('prebuilt bundles', () => {
  test('are the same from memory and from a file', async () => {
    const { code } = await bundleWorkflowCode({ workflowsPath });
    const directory = await mkdtemp(join(tmpdir(), 'bundle-'));
    const codePath = join(directory, 'bundle.js');
    await Bun.write(codePath, code);
    const built = await createWorkflowBundle({ workflowsPath });
    expect(await loadBundle({ code })).toEqual(built);
    expect(await loadBundle({ codePath })).toEqual(built);
    await rm(directory, { recursive: true });
  });

  test('of other makes are refused, with what to do', () => {
    expect(() => parseBundle('var __TEMPORAL__; globalThis.__webpack_module_cache__')).toThrow(
      /made by bundleWorkflowCode\(\) of @temporalio\/worker.*Build it again/,
    );
    expect(() => parseBundle('hello')).toThrow(/was not made by bundleWorkflowCode/);
    expect(() => parseBundle('// Workflow bundle of temporal-bun-sdk, format 99. Made')).toThrow(/another version/);
  });
});
