import { expect, test } from 'bun:test';
import { IsolateDriver } from '../../../tests/support/isolate-driver.ts';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';
import { createWorkflowBundle } from '../bundling/bundler.ts';
import { EarlyBundle } from './early-bundle.ts';

cleanUpProjects();

const workflowsPath = `${import.meta.dir}/../../../tests/fixtures/patched-workflows.ts`;
const decidePatch = () => false;

test('a realm that was begun early has the options that come later', async () => {
  const bundle = await createWorkflowBundle({ workflowsPath });
  const early = new EarlyBundle(structuredClone(bundle));
  const isolate = await IsolateDriver.open({ workflowsPath }, { bundle, early, decidePatch });
  expect(early.realm.host.decidePatch).toBe(decidePatch);
  await isolate.start('withPatch', [], { runId: 'run' });
  const { result } = await isolate.activate('run', [{ fireTimer: { seq: 1 } }]);
  expect(result).toBe('old and old');
  isolate.host.close();
});

test.each([
  ['another bundle', (code: string) => `${code}\n`, {}],
  ['a realm for a debugger', (code: string) => code, { inspectable: true }],
  ['realms of single runs', (code: string) => code, { reuseV8Context: false }],
  ['a realm that notes places', (code: string) => code, { notesCommandPlaces: true }],
])('it is not taken for %s', async (_, change, options) => {
  const bundle = await createWorkflowBundle({ workflowsPath });
  const { code, map } = bundle.workflows;
  const early = new EarlyBundle({ ...bundle, workflows: { code: change(code), map } });
  let begunEarly: boolean | undefined;
  const onLoaded = (isEarly: boolean) => {
    begunEarly = isEarly;
  };
  const isolate = await IsolateDriver.open({ workflowsPath }, { bundle, early, decidePatch, onLoaded, ...options });
  expect(begunEarly).toBe(false);
  expect(early.realm.host.decidePatch).toBeUndefined();
  const { commands } = await isolate.start('withPatch');
  expect(commands.some(({ startTimer }) => startTimer)).toBe(true);
  isolate.host.close();
});

test.each([
  ['before', {}, ['loaded early', 'finished']],
  ['after', { readyWhenLoaded: true }, ['finished', 'loaded early']],
])('workflows are loaded %s all is done that the first run needs', async (_, options, expected) => {
  const bundle = await createWorkflowBundle({ workflowsPath });
  const early = new EarlyBundle(bundle);
  const order: string[] = [];
  const { inside } = early.realm;
  const { finish } = inside;
  inside.finish = (settings) => {
    order.push('finished');
    finish(settings);
  };
  const onLoaded = (isEarly: boolean) => order.push(isEarly ? 'loaded early' : 'loaded');
  const isolate = await IsolateDriver.open({ workflowsPath }, { bundle, early, onLoaded, ...options });
  expect(order).toEqual(expected);
  isolate.host.close();
});

test('they are not loaded if a preloaded module fails, and none is evaluated early', async () => {
  const project = new TemporaryProject({
    'workflows.ts': `import './fails.js'; export async function main() {}`,
    'fails.js': `throw new Error('this module cannot be loaded');`,
  });
  const bundle = await project.bundle({ preloadModules: [project.path('fails.js')] });
  const early = new EarlyBundle(bundle);
  let isLoaded = false;
  const onLoaded = () => {
    isLoaded = true;
  };
  await expect(IsolateDriver.open({ workflowsPath }, { bundle, early, onLoaded })).rejects.toThrow(
    'this module cannot be loaded',
  );
  expect(isLoaded).toBe(false);
});
