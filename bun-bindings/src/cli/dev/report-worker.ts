// Loaded before the program of `temporal-bun dev`. Tells the command about the program's workers, and lets activities that are under
// way when the program is replaced go on to their end.
import { WorkerRuntime } from '../../worker/worker.ts';
import type { RunningWorker } from './worker-child.ts';

/** As long as an activity may go on after its program was replaced. */
const GRACE_TIME = '1 day';

const create = WorkerRuntime.create;
let running = 0;

WorkerRuntime.create = async (options) => {
  const worker = await create.call(WorkerRuntime, { shutdownGraceTime: GRACE_TIME, ...options });
  const run = worker.run.bind(worker);
  worker.run = async () => {
    running++;
    try {
      const ended = run();
      const { taskQueue, namespace = 'default', workflowsPath } = options;
      process.send?.({ taskQueue, namespace, workflowsPath } satisfies RunningWorker);
      await ended;
    } finally {
      running--;
      if (running === 0) leave();
    }
  };
  return worker;
};

/** Nobody replaces or stops the program when the command is gone. */
function stop(): void {
  process.kill(process.pid, 'SIGTERM');
}
process.once('disconnect', stop);

/** Closes the channel to the command, which keeps the program from ending. */
function leave(): void {
  process.off('disconnect', stop);
  process.disconnect?.();
}
