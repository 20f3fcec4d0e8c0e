import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const project = mkdtempSync(join(tmpdir(), 'create-worker-'));
afterAll(() => rmSync(project, { recursive: true }));

/** Calls `createWorker` with 0 for the switch, in a project that has a worker of its own, and gives what it prints. */
function createWith(connection: string): string {
  const installed = join(project, 'node_modules/@temporalio/worker');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ name: '@temporalio/worker', main: 'index.js' }));
  writeFileSync(join(installed, 'index.js'), `exports.Worker = { create: async () => 'a worker of the project' };`);
  writeFileSync(
    join(project, 'main.ts'),
    `import { createWorker, NativeConnection } from ${JSON.stringify(join(import.meta.dir, '../index.ts'))};
     const connection = ${connection};
     console.log(await createWorker({ connection, taskQueue: 'q' }).catch((error) => error.message));`,
  );
  const { stdout } = Bun.spawnSync([process.execPath, 'main.ts'], {
    cwd: project,
    env: { ...process.env, TEMPORAL_BUN_SDK_USE_NATIVE: '0', TEMPORAL_BUN_SDK_USE_ZIG: undefined },
  });
  return stdout.toString();
}

test('a worker of the project takes a connection of its own, and none of the bridge', () => {
  expect(createWith('{}')).toBe('a worker of the project\n');
  expect(createWith('Object.create(NativeConnection.prototype)')).toContain('cannot use this NativeConnection');
});
