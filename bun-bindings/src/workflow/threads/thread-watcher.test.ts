import { expect, test } from 'bun:test';
import { ThreadWatcher } from './thread-watcher.ts';
import { newTurnMemory, TurnRecord } from './turn-record.ts';

const MiB = 1024 ** 2;
const watcher = () => new ThreadWatcher({ timeoutMs: 1000, growthBytes: 100 * MiB });

test('code that runs on and on past the timeout is found', () => {
  const watched = watcher();
  const verdicts = Array.from({ length: 52 }, () => watched.look(7, () => 0));
  expect(verdicts.slice(0, 51)).toEqual(Array(51).fill(undefined));
  expect(verdicts[51]).toBe('busy');
});

test('a thread that goes from one stretch of code to the next may be at it for any time', () => {
  const watched = watcher();
  for (let look = 0; look < 200; look++) expect(watched.look(1 + 2 * Math.floor(look / 20), () => 0)).toBeUndefined();
});

test('code that fills the memory is found at once', () => {
  const watched = watcher();
  expect(watched.look(1, () => 200 * MiB)).toBeUndefined();
  expect(watched.look(1, () => 300 * MiB)).toBeUndefined();
  expect(watched.look(1, () => 301 * MiB)).toBe('memory');
});

test('memory that grows between stretches of code is none of theirs', () => {
  const watched = watcher();
  for (let look = 1; look < 40; look++) expect(watched.look(1 + 2 * look, () => look * 200 * MiB)).toBeUndefined();
  expect(watched.look(undefined, () => 2 ** 40)).toBeUndefined();
});

test('a record tells once that nobody looks at a thread that is at work, and can only be left when it rests', () => {
  let told = 0;
  const record = new TurnRecord(newTurnMemory(), () => told++);
  record.entered();
  record.left();
  record.entered();
  expect(told).toBe(1);
  expect(record.unwatch()).toBe(false);
  record.left();
  expect(record.unwatch()).toBe(true);
  expect(told).toBe(1);
  record.entered();
  expect(told).toBe(2);
});
