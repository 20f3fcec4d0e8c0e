import { afterAll, expect, test } from 'bun:test';
import { Client } from '@temporalio/client';
import { NativeConnection } from '../../src/connection/index.ts';
import { freePort } from '../support/free-port.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { WorkerProcess } from '../support/worker-process.ts';

cleanUpProjects();
const program = `${import.meta.dir}/../../bin/temporal-bun.ts`;

/** Answers requests of an activity when the test says so. */
const asked = Promise.withResolvers<void>();
const released = Promise.withResolvers<void>();
const gate = Bun.serve({
  port: 0,
  idleTimeout: 0,
  async fetch() {
    asked.resolve();
    await released.promise;
    return new Response('released');
  },
});
afterAll(() => gate.stop(true));

const workflows = (
  step: string,
) => `import { condition, defineSignal, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import type * as activities from './activities';
const { wait, version } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } });
export async function waiting(): Promise<string> { return await wait(); }
export async function order(): Promise<string> {
  let isGiven = false;
  setHandler(defineSignal('go'), () => { isGiven = true; });
  ${step}
  await condition(() => isGiven);
  return await version();
}`;
const activities = (version: string) => `
export async function wait(): Promise<string> { return await (await fetch('${gate.url}')).text(); }
export async function version(): Promise<string> { return '${version}'; }`;

test('replaces a worker when running workflows fit, lets activities end, and says which workflow would break', async () => {
  const project = new TemporaryProject({
    'package.json': { name: 'project', type: 'module' },
    'workflows.ts': workflows('await sleep(1);'),
    'activities.ts': activities('one'),
    'worker.ts': `import { NativeConnection, Worker } from '${import.meta.dir}/../../src/index.ts';
import * as activities from './activities';
const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });
const worker = await Worker.create({ connection, taskQueue: 'dev', workflowsPath: require.resolve('./workflows'), activities });
await worker.run();
await connection.close();`,
  });
  project.linkTo('node_modules', `${import.meta.dir}/../../node_modules`);
  const address = `127.0.0.1:${freePort()}`;
  const dev = WorkerProcess.spawn([program, 'dev', 'worker.ts', '--address', address, '--json'], { cwd: project.root });
  // The first line: the server's own banner would break the output for programs.
  expect(await dev.says(/^/)).toBe(`{"event":"server","address":"${address}"}`);
  await dev.says('{"event":"running","taskQueues":["dev"]}');
  const connection = await NativeConnection.connect({ address });
  try {
    const { workflow } = new Client({ connection });
    const waiting = await workflow.start('waiting', { taskQueue: 'dev', workflowId: 'waiting' });
    const order = await workflow.start('order', { taskQueue: 'dev', workflowId: 'order' });
    await asked.promise;
    await order.query('__stack_trace');

    // The code fits, and the activity goes on in the earlier worker.
    project.write({ 'activities.ts': activities('two') });
    await dev.says(/"event":"replaced"/);
    released.resolve();
    expect(await waiting.result()).toBe('released');

    // The timer of the running order is gone from the code.
    project.write({ 'workflows.ts': workflows('') });
    const broken = JSON.parse(await dev.says(/"event":"broken"/));
    expect(broken.workflows).toEqual([
      expect.objectContaining({ source: 'order', event: { id: 5, type: 'TimerStarted' }, place: 'workflows.ts:9:9' }),
    ]);
    project.write({ 'workflows.ts': 'export async function order( {' });
    await dev.says(/"event":"failed"/);

    // A second change while the first is tried.
    project.write({ 'workflows.ts': workflows('await sleep(1);') });
    await dev.says('{"event":"changed","files":["workflows.ts"]}');
    project.write({ 'activities.ts': activities('three') });
    await dev.says(/"event":"replaced","fits":1/);
    await dev.says('{"event":"changed","files":["activities.ts"]}');
    await dev.says(/"event":"replaced","fits":1/);
    await order.signal('go');
    expect(await order.result()).toBe('three');
  } finally {
    await connection.close();
    expect(await dev.end('SIGINT')).toBe(0);
  }
}, 120_000);
