import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { IsolateDriver } from '../../../tests/support/isolate-driver.ts';

test('no clock tells more than the time of the activation', async () => {
  const workflowsPath = join(import.meta.dir, '../../../tests/fixtures/isolate-clocks.ts');
  const driver = await IsolateDriver.open({ workflowsPath });
  const timeMs = 1_000_000_000;
  const { times, texts } = (await driver.start('clocks', [], { timeMs })).result as Record<string, object>;
  driver.host.close();
  expect(Object.entries(times ?? {}).filter(([, time]) => time !== timeMs)).toEqual([]);
  expect(Object.entries(texts ?? {}).filter(([, text]) => text !== '1/12/1970, 1:46:40 PM')).toEqual([]);
});
