import { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { NativeConnection } from 'temporal-bun-sdk';
import { type Contestant, OWN } from '../lib/contestants.ts';
import { type Figures, median } from '../lib/figures.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

/** Activities in the history that is replayed: about six events each. */
const ACTIVITIES = 300;

/** A history to replay, in a file. */
export interface RecordedHistory {
  file: string;
  events: number;
}

/** Records a workflow of about 1,800 events, and writes its history to a file. */
export async function recordHistory(address: string, file: string): Promise<RecordedHistory> {
  const connection = await NativeConnection.connect({ address });
  try {
    const { workflow } = new Client({ connection });
    const taskQueue = crypto.randomUUID();
    await using worker = new WorkerProcess(OWN, 'work', { address, taskQueue });
    await worker.hear('polling');
    const workflowId = crypto.randomUUID();
    const handle = await workflow.start('sequence', { taskQueue, workflowId, args: [ACTIVITIES] });
    await handle.result();
    const history = await handle.fetchHistory();
    await Bun.write(file, historyToJSON(history));
    return { file, events: history.events?.length ?? 0 };
  } finally {
    await connection.close();
  }
}

/** Replays it `times` times in one process; the first time, which includes the start of the worker, does not count. */
export async function replay(contestant: Contestant, history: RecordedHistory, times: number): Promise<Figures> {
  await using worker = new WorkerProcess(contestant, 'replay', { file: history.file, times });
  const { took } = await worker.hear('replayed');
  return new Map([['replay', (1000 * history.events) / median(took.slice(1))]]);
}
