import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { types } from 'node:util';
import { IsolateDriver } from '../../../tests/support/isolate-driver.ts';
import type { WorkflowRun } from './inside/main.ts';

/** Everything that code can get at from `start`, with the way there. */
function reach(start: object): Map<object, string> {
  const ways = new Map<object, string>([[start, '']]);
  for (const [object, way] of ways) {
    const add = (value: unknown, step: PropertyKey): void => {
      if (value === null || (typeof value !== 'object' && typeof value !== 'function') || ways.has(value)) return;
      ways.set(value, `${way}.${String(step)}`);
    };
    add(Object.getPrototypeOf(object), '__proto__');
    if (ArrayBuffer.isView(object)) continue;
    for (const key of Reflect.ownKeys(object)) {
      const property = Object.getOwnPropertyDescriptor(object, key);
      add(property?.value, key);
      add(property?.get, `get ${String(key)}`);
      add(property?.set, `set ${String(key)}`);
    }
    if (!types.isMap(object)) continue;
    for (const [key, value] of Map.prototype.entries.call(object)) {
      add(key, '(key)');
      add(value, `(${String(key)})`);
    }
  }
  return ways;
}

test('what the code of two runs can both get at is frozen', async () => {
  const driver = await IsolateDriver.open({
    workflowsPath: join(import.meta.dir, '../../../tests/fixtures/isolate-workflows.ts'),
  });
  const { runs } = driver.host as unknown as { runs: Map<string, WorkflowRun> };
  const [first, second] = await Promise.all(
    ['first', 'second'].map(async (runId) => {
      await driver.start('counter', [10], { runId });
      const { globals, activator } = runs.get(runId) ?? {};
      return reach(Object.assign(Object.create(null), { globals, activator }));
    }),
  );
  const shared = [...(first ?? [])].filter(([object]) => second?.has(object));
  expect(shared.length).toBeGreaterThan(1_000);
  const open = shared.filter(([object]) => !Object.isFrozen(object)).map(([, way]) => way);
  const known = (way: string): boolean =>
    // The names of errors stay writable and are checked; the proxy behind the real globals refuses every change.
    /Error\.prototype$/.test(way) || way === '.globals.__proto__.__proto__';
  expect(open.filter((way) => !known(way))).toEqual([]);
  driver.host.close();
});
