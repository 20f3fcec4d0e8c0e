import { afterAll, expect, test } from 'bun:test';
import { Client } from '@temporalio/client';
import { NativeConnection } from '../../src/connection/index.ts';
import { freePort } from '../support/free-port.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { WorkerProcess } from '../support/worker-process.ts';

cleanUpProjects();
const program = `${import.meta.dir}/../../bin/temporal-bun.ts`;

/** Holds whoever asks until the test lets it pass. */
class Gate {
  readonly #asked = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();

  /** Resolves when somebody waits here. */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  release(): void {
    this.#released.resolve();
  }

  async answer(): Promise<Response> {
    this.#asked.resolve();
    await this.#released.promise;
    return new Response('released');
  }
}

const activityGate = new Gate();
/** Where workers wait before they start, if the test puts a gate there. */
let startGate: Gate | undefined;
const gate = Bun.serve({
  port: 0,
  idleTimeout: 0,
  routes: {
    '/activity': () => activityGate.answer(),
    '/start': () => startGate?.answer() ?? new Response('open'),
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
export async function wait(): Promise<string> { return await (await fetch('${gate.url}activity')).text(); }
export async function version(): Promise<string> { return '${version}'; }`;

test('replaces a worker when running workflows fit, lets activities end, and says which workflow would break', async () => {
  const project = new TemporaryProject({
    'package.json': { name: 'project', type: 'module' },
    'workflows.ts': workflows('await sleep(1);'),
    'activities.ts': activities('one'),
    'worker.ts': `import { NativeConnection, Worker } from '${import.meta.dir}/../../src/index.ts';
import * as activities from './activities';
await fetch('${gate.url}start');
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
    await activityGate.asked;
    await order.query('__stack_trace');

    // The code fits, and the activity goes on in the earlier worker.
    project.write({ 'activities.ts': activities('two') });
    await dev.says(/"event":"replaced"/);
    activityGate.release();
    expect(await waiting.result()).toBe('released');

    // The timer of the running order is gone from the code.
    project.write({ 'workflows.ts': workflows('') });
    const broken = JSON.parse(await dev.says(/"event":"broken"/));
    expect(broken.workflows).toEqual([
      expect.objectContaining({ source: 'order', event: { id: 5, type: 'TimerStarted' }, place: 'workflows.ts:9:9' }),
    ]);
    project.write({ 'workflows.ts': 'export async function order( {' });
    await dev.says(/"event":"failed"/);

    // A second change while the worker with the first one has read its files, and does not run yet.
    startGate = new Gate();
    project.write({ 'workflows.ts': workflows('await sleep(1);') });
    await dev.says('{"event":"changed","files":["workflows.ts"]}');
    await startGate.asked;
    project.write({ 'activities.ts': activities('three') });
    startGate.release();
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
