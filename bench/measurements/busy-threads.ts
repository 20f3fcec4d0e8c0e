import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { Contestant } from '../lib/contestants.ts';
import { type Figures, median } from '../lib/figures.ts';
import { inTurns } from '../lib/load.ts';
import { startServer } from '../lib/server.ts';
import { TaskQueue } from '../lib/task-queue.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

const { EventType } = temporal.api.enums.v1;

/** Primes below this are counted after each activity: some 20 ms of a core. */
const LIMIT = 400_000;
const ACTIVITIES = 4;

/**
 * Workflows that keep their thread busy, on one workflow thread and on two: how many get done, and how long their activities
 * take meanwhile, from the event that schedules one to the event that completes it.
 */
export async function busyThreads(contestant: Contestant, count: number): Promise<Figures> {
  const figures: Figures = new Map();
  await using server = await startServer();
  for (const threads of [1, 2]) {
    await using queue = await TaskQueue.open(server.address);
    await using _worker = await WorkerProcess.polling(contestant, queue, { workflowThreadPoolSize: threads });
    const crunch = async (limit: number): Promise<WorkflowHandle> => {
      const handle = await queue.start('crunch', [limit, ACTIVITIES]);
      await handle.result();
      return handle;
    };
    await inTurns(16, 16, () => crunch(LIMIT));
    if (threads === 1) {
      const idle: number[] = [];
      for (let index = 0; index < 10; index++) idle.push(...(await activityTimes(await crunch(2))));
      figures.set('activity, threads idle', median(idle));
    }
    const handles: WorkflowHandle[] = [];
    const startedAt = performance.now();
    await inTurns(count, 16, async () => {
      handles.push(await crunch(LIMIT));
    });
    figures.set(`busy workflows, ${threads} threads`, count / ((performance.now() - startedAt) / 1000));
    const times = await Promise.all(handles.map(activityTimes));
    figures.set(`activity, ${threads} threads busy`, median(times.flat()));
  }
  return figures;
}

/** How long each activity of a workflow took, in ms, by the server's clock. */
async function activityTimes(handle: WorkflowHandle): Promise<number[]> {
  const { events } = await handle.fetchHistory();
  const scheduled = new Map<string, number>();
  const took: number[] = [];
  for (const event of events ?? []) {
    const at = Number(event.eventTime?.seconds ?? 0) * 1000 + (event.eventTime?.nanos ?? 0) / 1e6;
    if (event.eventType === EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) scheduled.set(`${event.eventId}`, at);
    const done = event.activityTaskCompletedEventAttributes;
    if (done != null) took.push(at - (scheduled.get(`${done.scheduledEventId}`) ?? Number.NaN));
  }
  return took;
}
