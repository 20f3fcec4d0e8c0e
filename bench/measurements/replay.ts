import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { temporal } from '@temporalio/proto';
import { type Contestant, FLOOR, OWN } from '../lib/contestants.ts';
import { type Figures, median } from '../lib/figures.ts';
import { startServer } from '../lib/server.ts';
import { TaskQueue } from '../lib/task-queue.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

/** Activities in the history that is replayed: about six events each. */
const ACTIVITIES = 300;

/** A history to replay. */
export interface RecordedHistory {
  /** Its JSON, which SDKs in JavaScript replay. */
  json: string;
  /** The encoded message: the Rust SDK reads no JSON. */
  binary: string;
  events: number;
}

/** Records a workflow of about 1,800 events, and writes its history to files in `folder`. */
export async function recordHistory(folder: string): Promise<RecordedHistory> {
  await using server = await startServer();
  await using queue = await TaskQueue.open(server.address);
  await using _worker = await WorkerProcess.polling(OWN, queue);
  const handle = await queue.start('sequence', [ACTIVITIES]);
  await handle.result();
  const history = await handle.fetchHistory();
  const [json, binary] = [`${folder}/history.json`, `${folder}/history.bin`];
  await Bun.write(json, historyToJSON(history));
  await Bun.write(binary, temporal.api.history.v1.History.encode(history).finish());
  return { json, binary, events: history.events?.length ?? 0 };
}

/** Replays it `times` times in one process; the first time, which includes the start of the worker, does not count. */
export async function replay(contestant: Contestant, history: RecordedHistory, times: number): Promise<Figures> {
  const file = contestant === FLOOR ? history.binary : history.json;
  await using worker = new WorkerProcess(contestant, 'replay', { file, times });
  const { took } = await worker.hear('replayed');
  return new Map([['replay', (1000 * history.events) / median(took.slice(1))]]);
}
