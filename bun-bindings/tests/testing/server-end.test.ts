import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { temporalCli } from '../support/dev-server.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

setDefaultTimeout(60_000);
cleanUpProjects();

const sources = join(import.meta.dir, '../../src');
const START = `
  import { TestWorkflowEnvironment, useTestEnvironment } from '${sources}/testing/index.ts';
  import { Worker } from '${sources}/index.ts';
  const executable = { type: 'existing-path', path: '${temporalCli()}' };
  const activities = { async a() {} };`;

/** Runs a program that prints the address of its server, and gives its exit code and whether the server is still there. */
async function run(args: string[], source: string): Promise<{ exitCode: number; serverIsThere: boolean }> {
  const project = new TemporaryProject({ 'program.test.ts': START + source });
  const program = Bun.spawn([process.execPath, ...args, './program.test.ts'], {
    cwd: project.root,
    stdout: 'pipe',
    stderr: 'ignore',
  });
  // The output ends when nobody holds it any more: not the server either.
  const [, address = ''] = /server (\S+)/.exec(await program.stdout.text()) ?? [];
  expect(address).toMatch(/:\d+$/);
  const exitCode = await program.exited;
  const connecting = Connection.connect({ address, connectTimeout: 500 });
  const serverIsThere = await connecting.then(
    () => true,
    () => false,
  );
  return { exitCode, serverIsThere };
}

test('a server ends with a program that does not take its environment down', async () => {
  const { exitCode, serverIsThere } = await run(
    [],
    `const env = await TestWorkflowEnvironment.createLocal({ server: { executable } });
     console.log('server', env.address);
     process.exit(3);`,
  );
  expect(exitCode).toBe(3);
  expect(serverIsThere).toBe(false);
});

test('a server ends although a worker was never run', async () => {
  const { exitCode, serverIsThere } = await run(
    [],
    `const env = await TestWorkflowEnvironment.createLocal({ server: { executable } });
     console.log('server', env.address);
     await Worker.create({ connection: env.nativeConnection, taskQueue: 'q', activities });
     const error = await env.teardown().catch((error) => error);
     process.exit(error.name === 'IllegalStateError' ? 0 : 1);`,
  );
  expect(exitCode).toBe(0);
  expect(serverIsThere).toBe(false);
});

test('a server ends with a program that is killed', async () => {
  const { serverIsThere } = await run(
    ['test'],
    `import { test } from 'bun:test';
     const env = useTestEnvironment({ server: { executable } });
     test('is killed', () => {
       console.log('server', env.address);
       process.kill(process.pid, 'SIGKILL');
     });`,
  );
  expect(serverIsThere).toBe(false);
});

test('the runner and the server end after a test that timed out with its worker running', async () => {
  const { exitCode, serverIsThere } = await run(
    ['test'],
    `import { test } from 'bun:test';
     const env = useTestEnvironment({ server: { executable } });
     test('waits for ever', async () => {
       console.log('server', env.address);
       const worker = await Worker.create({ connection: env.nativeConnection, taskQueue: 'q', activities });
       await worker.runUntil(() => new Promise(() => {}));
     }, 1000);`,
  );
  expect(exitCode).toBe(1);
  expect(serverIsThere).toBe(false);
});
