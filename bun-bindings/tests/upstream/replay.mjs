// Replays histories with @temporalio/worker on Node: replay.mjs [--chaos] < JSON of [{ workflowId, history }]. Prints a line of JSON for each.
// With --chaos they are histories of the chaos tests' workflows.
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { chaosBundle } from './chaos-bundle.mjs';

const recordings = JSON.parse(await text(process.stdin)).map(({ workflowId, history }) => ({
  workflowId,
  history: historyFromJSON(history),
}));
const bundle =
  process.argv[2] === '--chaos'
    ? chaosBundle
    : { workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)) };
for await (const { workflowId, error } of Worker.runReplayHistories(bundle, recordings)) {
  console.log(
    `REPLAYED ${JSON.stringify({ workflowId, error: error && { name: error.name, message: error.message } })}`,
  );
}
process.exit(0);
