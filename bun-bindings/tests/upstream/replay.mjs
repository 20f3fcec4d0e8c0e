// Replays histories with @temporalio/worker on Node: replay.mjs < JSON of [{ workflowId, history }]. Prints a line of JSON for each.
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';

const recordings = JSON.parse(await text(process.stdin)).map(({ workflowId, history }) => ({
  workflowId,
  history: historyFromJSON(history),
}));
const workflowsPath = fileURLToPath(new URL('./workflows.ts', import.meta.url));
for await (const { workflowId, error } of Worker.runReplayHistories({ workflowsPath }, recordings)) {
  console.log(
    `REPLAYED ${JSON.stringify({ workflowId, error: error && { name: error.name, message: error.message } })}`,
  );
}
process.exit(0);
