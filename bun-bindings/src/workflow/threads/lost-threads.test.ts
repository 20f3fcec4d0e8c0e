import { beforeEach, expect, test } from 'bun:test';
import { LostThreadError, LostThreads } from './lost-threads.ts';

let now: number;
let lost: LostThreads;
beforeEach(() => {
  now = 1_000_000;
  lost = new LostThreads(() => now);
});

const error = (workflowType: string) => new LostThreadError('it was busy', 'busy', 'run', workflowType);
const ended = Promise.resolve();

test('a type that has cost three threads is refused for a minute, and then tried again', async () => {
  for (const expected of [false, false, true]) {
    expect(lost.add(error('bad'), ended)).toBe(expected);
    await ended;
  }
  expect(lost.add(error('other'), ended)).toBe(false);
  expect(lost.refused).toEqual([['bad', now + 60_000]]);
  now += 60_000;
  expect(lost.refused).toEqual([]);
  expect(lost.add(error('bad'), ended)).toBe(true);
});

test('threads that were lost long ago do not count', async () => {
  for (let index = 0; index < 10; index++) {
    expect(lost.add(error('bad'), ended)).toBe(false);
    await ended;
    now += 5 * 60_000;
  }
});

test('while four threads have not ended, each type is refused at once, and with nine the worker ends', () => {
  const never = new Promise<void>(() => {});
  const refused = Array.from({ length: 8 }, (_, index) => lost.add(error(`type ${index}`), never));
  expect(refused).toEqual([false, false, false, true, true, true, true, true]);
  expect(() => lost.add(error('type 9'), never)).toThrow('it was busy');
});
