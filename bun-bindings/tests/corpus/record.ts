/**
 * Records the histories of a file of the corpus: record.ts NAME [FOLDER]. With a folder, where `@temporalio/worker` and the other
 * packages of one version are installed, they are recorded by that worker on Node; without, by this one.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { NativeConnection } from '../../src/connection/index.ts';
import { TestWorkflowEnvironment } from '../../src/testing/index.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { temporalCli } from '../support/dev-server.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import * as activities from '../upstream/activities.mjs';
import { recordScenarios } from './scenarios.ts';

const [name, folder] = process.argv.slice(2) as [string, string?];
const upstream = `${import.meta.dir}/../upstream`;
const environment = await TestWorkflowEnvironment.createLocal({
  server: {
    executable: { type: 'existing-path', path: temporalCli() },
    searchAttributes: [defineSearchAttributeKey('CustomText', SearchAttributeType.TEXT)],
  },
});
const address = environment.address;
const connection = await NativeConnection.connect({ address });
const open = { connection, client: new Client({ connection }) };
const histories = [];
for (const maxCachedWorkflows of [1000, 0]) {
  const taskQueue = `corpus-${maxCachedWorkflows}`;
  for (const recordings of (await recordOn(taskQueue, maxCachedWorkflows)).values()) {
    for (const { workflowId, history } of recordings) {
      histories.push({ workflowId, history: JSON.parse(historyToJSON(history)) });
    }
  }
}
await connection.close();
await environment.teardown();
const path = `${import.meta.dir}/histories/${name}.json.gz`;
await Bun.write(path, Bun.gzipSync(JSON.stringify(histories), { level: 9 }));
console.log(`${path}: ${histories.length} histories`);
process.exit(0);

async function recordOn(taskQueue: string, maxCachedWorkflows: number) {
  if (folder === undefined) {
    const workflowsPath = `${upstream}/workflows.ts`;
    const options = { connection, taskQueue, workflowsPath, activities, maxCachedWorkflows };
    const worker = await WorkerRuntime.create({ ...options, maxHeartbeatThrottleInterval: 100 });
    return worker.runUntil(() => recordScenarios(open, taskQueue));
  }
  for (const file of ['worker.mjs', 'workflows.ts', 'activities.mjs'])
    await cp(join(upstream, file), join(folder, file));
  const node = await WorkerProcess.startNode([join(folder, 'worker.mjs'), address, taskQueue, `${maxCachedWorkflows}`]);
  const recorded = await recordScenarios(open, taskQueue);
  await node.endInput();
  return recorded;
}
