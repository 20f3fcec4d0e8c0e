import { afterAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { IsolateDriver, timerFired } from '../../../tests/support/isolate-driver.ts';
import { createWorkflowBundle } from './bundler.ts';

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

test('a path that is encoded as in a URL is told apart from one that is not there', async () => {
  const encoded = new URL('./my workflows.ts', pathToFileURL(path('workflows.ts'))).pathname;
  await expect(createWorkflowBundle({ workflowsPath: encoded })).rejects.toThrow(
    `Cannot find the module ${encoded}: the path is encoded as in a URL. Pass the URL itself (its href)`,
  );
});

test('a bundle may be named by a URL, as import.meta.resolve gives it', async () => {
  const { workflows } = await createWorkflowBundle({ workflowsPath });
  const { href } = pathToFileURL(path('workflows'));
  expect((await createWorkflowBundle({ workflowsPath: href })).workflows.code).toBe(workflows.code);
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
