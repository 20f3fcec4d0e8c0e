import { createRequire } from 'node:module';
import { Client } from '@temporalio/client';
import * as worker from '@temporalio/worker';
import { runMain } from '../with-worker.mjs';

/** Packages that ask for the worker themselves. */
const DEPENDENTS = ['langsmith', 'lambda-worker', 'openai-agents'];

export async function run(address) {
  const codec = { encode: async (payloads) => payloads, decode: async (payloads) => payloads };
  const inWorkflow = await runMain(address, 'modules.js', { dataConverter: { payloadCodecs: [codec] } });
  const theirs = DEPENDENTS.map((name) =>
    createRequire(import.meta.resolve(`@temporalio/${name}`))('@temporalio/worker'),
  );
  const connection = await worker.NativeConnection.connect({ address });
  const { count } = await new Client({ connection }).workflow.count('WorkflowType="none"');
  await connection.close();
  return { ...inWorkflow, isOneWorker: theirs.every(({ Worker }) => Worker === worker.Worker), count: Number(count) };
}
