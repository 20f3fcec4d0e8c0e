import { expect, test } from 'bun:test';
import { endEarly, newThread, startEarly } from './early-thread.ts';

test('a thread that was started early and that nobody asks for ends', async () => {
  startEarly(undefined);
  expect(await endEarly()).toBe(true);
  expect(await endEarly()).toBe(false);
});

test('one that was given out is left to whom has it', async () => {
  startEarly(undefined);
  const thread = newThread();
  expect(await endEarly()).toBe(false);
  const { promise, resolve } = Promise.withResolvers();
  thread.on('message', resolve);
  thread.postMessage({ type: 'stop' });
  expect(await promise).toEqual({ type: 'ended' });
  await thread.terminate();
});
