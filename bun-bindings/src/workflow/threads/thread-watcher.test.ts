import { expect, test } from 'bun:test';
import { ThreadWatcher } from './thread-watcher.ts';
import { newTurnMemory, TurnRecord } from './turn-record.ts';

const MiB = 1024 ** 2;
const watcher = (processBytes?: number) => new ThreadWatcher({ timeoutMs: 1000, growthBytes: 100 * MiB, processBytes });

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

test('looks come sooner while the code takes memory fast, and find it shortly after its bound', () => {
  const watched = watcher();
  const bytesAMs = 2 * MiB;
  let rss = 0;
  let longest = 0;
  watched.look(1, () => rss);
  for (;;) {
    const interval = watched.intervalMs;
    rss += interval * bytesAMs;
    longest = Math.max(longest, interval);
    if (watched.look(1, () => rss, interval) === 'memory') break;
  }
  expect(longest).toBe(25);
  expect(rss).toBeLessThan(104 * MiB);
});

test('looks come no sooner while memory grows slowly, and as before when the code has ended', () => {
  const watched = watcher();
  watched.look(1, () => 0);
  watched.look(1, () => 5 * MiB);
  expect(watched.intervalMs).toBe(25);
  watched.look(1, () => 75 * MiB);
  expect(watched.intervalMs).toBeLessThan(10);
  watched.look(undefined, () => 75 * MiB);
  expect(watched.intervalMs).toBe(25);
});

test('code is also timed while looks come sooner', () => {
  const watched = watcher();
  const verdicts = Array.from({ length: 252 }, () => watched.look(7, () => 0, 5));
  expect(verdicts.slice(0, 251)).toEqual(Array(251).fill(undefined));
  expect(verdicts[251]).toBe('busy');
});

test('a process that has most of what it may use leaves less to the code', () => {
  const taken = [380, 400, 440].map((before) => {
    const watched = watcher(512 * MiB);
    watched.look(1, () => before * MiB);
    expect(watched.look(1, () => before * MiB + watched.growthBytes)).toBeUndefined();
    expect(watched.look(1, () => before * MiB + watched.growthBytes + 1)).toBe('memory');
    return Math.round(watched.growthBytes / MiB);
  });
  expect(taken).toEqual([55, 35, 32]);
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
