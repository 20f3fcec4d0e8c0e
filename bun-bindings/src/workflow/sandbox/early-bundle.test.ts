import { expect, test } from 'bun:test';
import { IsolateDriver } from '../../../tests/support/isolate-driver.ts';
import { createWorkflowBundle } from '../bundling/bundler.ts';
import { EarlyBundle } from './early-bundle.ts';

const workflowsPath = `${import.meta.dir}/../../../tests/fixtures/patched-workflows.ts`;
const decidePatch = () => false;

test('a realm that was begun early has the options that come later', async () => {
  const bundle = await createWorkflowBundle({ workflowsPath });
  const early = new EarlyBundle(structuredClone(bundle));
  const isolate = await IsolateDriver.open({ workflowsPath }, { bundle, early, decidePatch });
  expect(early.library.host.decidePatch).toBe(decidePatch);
  await isolate.start('withPatch', [], { runId: 'run' });
  const { result } = await isolate.activate('run', [{ fireTimer: { seq: 1 } }]);
  expect(result).toBe('old and old');
  isolate.host.close();
});

test.each([
  ['another bundle', (code: string) => `${code}\n`, false],
  ['a realm for a debugger', (code: string) => code, true],
])('it is not taken for %s', async (_, change, inspectable) => {
  const bundle = await createWorkflowBundle({ workflowsPath });
  const { code, map } = bundle.workflows;
  const early = new EarlyBundle({ ...bundle, workflows: { code: change(code), map } });
  const isolate = await IsolateDriver.open({ workflowsPath }, { bundle, early, decidePatch, inspectable });
  expect(early.library.host.decidePatch).toBeUndefined();
  const { commands } = await isolate.start('withPatch');
  expect(commands.some(({ startTimer }) => startTimer)).toBe(true);
  isolate.host.close();
});
