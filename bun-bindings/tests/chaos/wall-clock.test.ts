import { expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineReader } from '../support/line-reader.ts';
import { WallClock } from './wall-clock.ts';

// Waits of both kinds go on as before: those by the wall clock, and those by the monotonic one.
const program = `
  const word = new Int32Array(new SharedArrayBuffer(4));
  for await (const _ of console) {
    Atomics.wait(word, 0, 0, 1);
    await Bun.sleep(1);
    console.log(Date.now());
  }`;

test.each([
  ['bun', [process.execPath, '-e', program]],
  [
    'node',
    [
      'node',
      '--input-type=module',
      '-e',
      program.replace('of console', 'of process.stdin').replace('Bun.sleep(1)', '1'),
    ],
  ],
])('a clock jumps under %s', async (_, command) => {
  const folder = await mkdtemp(join(tmpdir(), 'clock-'));
  const clock = (await WallClock.compile(folder))();
  const child = Bun.spawn(command, { stdin: 'pipe', env: { ...process.env, ...clock.environment } });
  const lines = new LineReader(child.stdout);
  for (const hours of [0, 2, -3]) {
    clock.jump(hours * 3600);
    child.stdin.write('\n');
    await child.stdin.flush();
    const told = Number(await lines.until(() => true));
    expect((told - Date.now()) / 3_600_000).toBeCloseTo(hours, 1);
  }
  child.kill();
  await child.exited;
  await rm(folder, { recursive: true });
});
