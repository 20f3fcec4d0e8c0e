// Load on one worker with four workflow threads, on the embedded server, by hand: load.ts MINUTES. Each minute it prints how many
// workflows have ended, and what the process holds. With BUN_JSC_collectContinuously=1 the engine collects garbage all the time,
// which brings faults of its memory to light; TEMPORAL_BUN_SDK_CALLBACKS says which threads native ones call.
import { readdirSync } from 'node:fs';
import type { PayloadCodec } from '@temporalio/common';
import { NativeEmbeddedServer } from '../../src/native/embedded-server.ts';
import { DefaultLogger } from '../../src/runtime/logger.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import * as workflows from '../fixtures/workflows.ts';
import { withWorker } from '../support/test-worker.ts';

const AT_ONCE = 10;
const [minutes = '1'] = process.argv.slice(2);

Runtime.install({ logger: new DefaultLogger('ERROR') });
const runtime = Runtime.instance();
const user = {};
runtime.retain(user);
const embeddedServer = NativeEmbeddedServer.create(runtime.native, { time: 'real' });

/** Changes nothing: its calls take the payloads through the main thread. */
const codec: PayloadCodec = { encode: async (payloads) => payloads, decode: async (payloads) => payloads };

let ended = 0;
const startedAt = performance.now();
const endsAt = startedAt + Number(minutes) * 60_000;

function tell(): void {
  const took = ((performance.now() - startedAt) / 60_000).toFixed(1);
  const entries = (kind: string) => readdirSync(`/proc/self/${kind}`).length;
  const rss = Math.round(process.memoryUsage.rss() / 1024 ** 2);
  console.log(`${took} min: ${ended} workflows, ${rss} MiB, ${entries('task')} threads, ${entries('fd')} descriptors`);
}

const ticker = setInterval(tell, 60_000);
const options = { workflowThreadPoolSize: 4, maxCachedWorkflows: 50, dataConverter: { payloadCodecs: [codec] } };
await withWorker({ connectionOptions: { embeddedServer } }, options, async ({ client, taskQueue }) => {
  const runOne = async () => {
    const name = crypto.randomUUID();
    const handle = await client.workflow.start(workflows.greeter, { taskQueue, workflowId: name });
    for (const part of ['a', 'b']) await handle.signal(workflows.addName, `${part} ${name}`);
    await handle.signal(workflows.finish);
    const greetings = await handle.result();
    if (greetings[1] !== `Hello, b ${name} of 1!`) throw new Error(`${name} gave ${greetings}`);
    ended++;
  };
  const lane = async () => {
    while (performance.now() < endsAt) await runOne();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
});
clearInterval(ticker);
tell();
embeddedServer.free();
runtime.release(user);
