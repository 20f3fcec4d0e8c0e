import { expect, test } from 'bun:test';
import { payloadValue, query } from '../../../tests/support/isolate-driver.ts';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';

cleanUpProjects();

/** Each promise is made with other callers. */
const workflows = `
  const never = () => new Promise(() => {});
  const choose = (callers, left) => (left === 0 ? never : callers % 2 === 0 ? one : other);
  // Not called in tail position, where the engine drops the caller's frame.
  function one(callers, left) { const made = choose(callers, left)(callers >> 1, left - 1); return made; }
  function other(callers, left) { const made = choose(callers, left)(callers >> 1, left - 1); return made; }
  function first() { return new Promise(() => {}); }
  function last() { return new Promise(() => {}); }
  export async function main() {
    void first();
    for (let callers = 0; callers < 256; callers++) void one(callers, 8);
    await last();
  }`;

test('of promises that are never settled the first and the last are known', async () => {
  const driver = await new TemporaryProject({ 'workflows.ts': workflows }).open();
  const { runId } = await driver.start('main');
  const { commands } = await driver.activate(runId, [query('__stack_trace')]);
  const places = String(payloadValue(commands[0]?.respondToQuery?.succeeded?.response)).split('\n\n');
  expect(places[0]).toContain('at first');
  expect(places.at(-1)).toContain('at last');
  expect(places).toHaveLength(200);
});
