import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { useDevServer } from '../support/dev-server.ts';
import { usePackages } from './support/packages.ts';
import { temporalPackages, UserProject, VERSION } from './support/user-project.ts';

const packages = usePackages();
const server = useDevServer();

/** Uses what comes from other packages at run time: a client on the native connection, payload codecs, and replay. */
const files = {
  'activities.ts': "export const greet = async (name: string) => 'Hello, ' + name + '!';",
  'workflows.ts': `
    import { condition, defineQuery, defineSignal, patched, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
    import type * as activities from './activities';
    const { greet } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });
    export const go = defineSignal('go');
    export const state = defineQuery<string>('state');
    export async function hello(name: string): Promise<string> {
      let mayGo = false;
      setHandler(go, () => { mayGo = true; });
      setHandler(state, () => 'waiting');
      await condition(() => mayGo);
      patched('a');
      await sleep(1);
      return await greet(name);
    }
    export async function greetOnce(): Promise<string> {
      return await proxyActivities<typeof activities>({
        startToCloseTimeout: '1 minute',
        retry: { maximumAttempts: 1 },
      }).greet('stored');
    }`,
  'run.ts': `
    import { Client } from '@temporalio/client';
    import { NativeConnection, Worker } from 'temporal-bun-sdk';
    import * as activities from './activities';
    import { go, hello, state } from './workflows';
    // Turns the bytes around.
    const turn = async (payloads) => payloads.map(({ metadata, data }) => ({ metadata, data: data?.toReversed() }));
    const workflowsPath = require.resolve('./workflows');
    const connection = await NativeConnection.connect({ address: process.env.ADDRESS });
    for (const dataConverter of [undefined, { payloadCodecs: [{ encode: turn, decode: turn }] }]) {
      const taskQueue = crypto.randomUUID();
      const worker = await Worker.create({ connection, taskQueue, workflowsPath, activities, dataConverter });
      const client = new Client({ connection, dataConverter });
      await worker.runUntil(async () => {
        const handle = await client.workflow.start(hello, { taskQueue, workflowId: taskQueue, args: ['user'] });
        const seen = [await handle.query(state)];
        await handle.signal(go);
        seen.push(await handle.result());
        await Worker.runReplayHistory({ workflowsPath, dataConverter }, await handle.fetchHistory(), taskQueue);
        console.log(seen.join(', '));
      });
    }
    await connection.close();`,
  'external-storage.ts': `
    import { Worker } from 'temporal-bun-sdk';
    const drivers = [{ name: 'd', type: 'mine', store: async () => [], retrieve: async () => [] }];
    const dataConverter = { externalStorage: { drivers } };
    const create = Worker.create({ taskQueue: 'q', workflowsPath: require.resolve('./workflows'), dataConverter });
    console.log(await create.catch(({ name, message }) => name + ': ' + message));`,
  'converter.ts': `
    import { defaultPayloadConverter } from '@temporalio/common';
    const bytes = (text: string) => new TextEncoder().encode(text);
    const metadata = {
      encoding: bytes('json/protobuf'),
      messageType: bytes('temporal.api.sdk.v1.ExternalStorageReference'),
    };
    export const payloadConverter = {
      toPayload: (value: unknown) =>
        value === 'stored' ? { metadata, data: bytes('{}') } : defaultPayloadConverter.toPayload(value),
      fromPayload: (payload: any) => defaultPayloadConverter.fromPayload(payload),
    };`,
  'reference.ts': `
    import { Client } from '@temporalio/client';
    import { NativeConnection, Worker } from 'temporal-bun-sdk';
    import { greetOnce } from './workflows';
    const connection = await NativeConnection.connect({ address: process.env.ADDRESS });
    const taskQueue = crypto.randomUUID();
    const worker = await Worker.create({
      connection,
      taskQueue,
      workflowsPath: require.resolve('./workflows'),
      activities: { greet: async () => 'never' },
      dataConverter: { payloadConverterPath: require.resolve('./converter') },
    });
    await worker.runUntil(async () => {
      const client = new Client({ connection });
      const done = client.workflow.execute(greetOnce, { taskQueue, workflowId: taskQueue });
      console.log(await done.catch((error) => error.cause.cause.message));
    });
    await connection.close();`,
};

describe.each(['1.20.3', '1.21.1', '1.22.0', '1.23.0', VERSION])(
  'with @temporalio packages of version %s',
  (version) => {
    const project = new UserProject({
      'package.json': {
        private: true,
        type: 'module',
        dependencies: { ...temporalPackages(version), 'temporal-bun-sdk': VERSION },
      },
      ...files,
    });
    beforeAll(() => project.bunInstall(packages), 60_000);
    afterAll(() => project.remove());

    test('there is one copy of each, and workflows run, with codecs as well', async () => {
      for (const name of [...Object.keys(temporalPackages()), '@temporalio/proto']) {
        expect(project.installed(name)).toEqual([`node_modules/${name}`]);
      }
      const { exitCode, output } = await project.bun(['run.ts'], { ADDRESS: server.address });
      expect(output.match(/^waiting, Hello, user!$/gm), output).toHaveLength(2);
      expect(exitCode).toBe(0);
    }, 60_000);
  },
);

test('external storage is refused before version 1.21, by name, and so are references to it', async () => {
  const project = new UserProject({
    'package.json': {
      private: true,
      type: 'module',
      dependencies: { ...temporalPackages('1.20.3'), 'temporal-bun-sdk': VERSION },
    },
    ...files,
  });
  try {
    await project.bunInstall(packages);
    const { output } = await project.bun(['external-storage.ts']);
    expect(output).toContain(
      'TypeError: WorkerOptions.dataConverter.externalStorage needs version 1.21 or later of the @temporalio packages, ' +
        'and @temporalio/common is 1.20.3',
    );
    const { output: ofActivity } = await project.bun(['reference.ts'], { ADDRESS: server.address });
    expect(ofActivity).toContain(
      'A payload is a reference to external storage, which needs version 1.21 or later of the @temporalio packages',
    );
  } finally {
    project.remove();
  }
}, 60_000);
