import { expect, test } from 'bun:test';
import { useDevServer } from '../support/dev-server.ts';

const server = useDevServer();
const MiB = 1024 ** 2;

interface Holdings {
  threads: number;
  descriptors: number;
  rss: number;
}

test('200 workers in one process, one after the other, leave nothing behind', async () => {
  const script = `${import.meta.dir}/../fixtures/worker-lifecycles.ts`;
  const child = Bun.spawn([process.execPath, script, server.address, '20', '180'], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const { before, after } = JSON.parse(await child.stdout.text()) as Record<'before' | 'after', Holdings>;
  expect(await child.exited).toBe(0);
  // The engine's own helper threads come and go.
  expect(after.threads).toBeLessThanOrEqual(before.threads + 4);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
  expect((after.rss - before.rss) / 180).toBeLessThan(0.25 * MiB);
}, 600_000);
