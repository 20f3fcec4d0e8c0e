import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '../test-workflow-environment.ts';
import {
  DEFAULT_FAULTS,
  type ExploredRun,
  type ExploreOptions,
  type ExploreWorkerOptions,
  faultsOf,
} from './options.ts';
import type { Outcome, Plan, RecordedHistory } from './outcome.ts';
import { TaskFailures } from './task-failures.ts';

/** A test body. */
export type Body = (run: ExploredRun) => Promise<unknown>;

/** The time that a worker gets to end after a run, in ms: an activity of a run that has failed may never end. */
const SHUTDOWN_MS = 10_000;

/** Runs a test body once, on a server and a worker of its own. */
export async function runOnce(
  options: ExploreOptions,
  worker: () => ExploreWorkerOptions,
  body: Body,
  plan: Plan,
): Promise<Outcome> {
  const { seed, onlyFaults, keepsOrder } = plan;
  const failures = new TaskFailures();
  const { SharedIsolates } = await import('../../workflow/threads/shared-isolates.ts');
  SharedIsolates.current?.listen((eviction) => failures.evicted(eviction));
  const env: TestWorkflowEnvironment = await TestWorkflowEnvironment.createEmbedded({
    server: options.server,
    seed,
    keepsOrder,
    faults: faultsOf(seed, options.faults ?? DEFAULT_FAULTS),
    onlyFaults: onlyFaults && [...onlyFaults],
    client: { interceptors: { workflow: [skipTimeIn(() => env)] } },
  });
  try {
    const { timeoutMs = 5_000 } = options;
    const failure = await runBeside(env, worker(), timeoutMs, failures, (taskQueue) =>
      body({ env, client: env.client, taskQueue, seed }),
    );
    const histories = await recordHistories(env);
    return { plan, failure: failures.failureIn(histories) ?? failure, schedule: env.schedule(), histories };
  } finally {
    await env.teardown();
  }
}

async function runBeside(
  env: TestWorkflowEnvironment,
  options: ExploreWorkerOptions,
  timeoutMs: number,
  failures: TaskFailures,
  body: (taskQueue: string) => Promise<unknown>,
): Promise<Error | undefined> {
  // Loaded on demand: most tests that use an environment explore nothing.
  const { WorkerRuntime } = await import('../../worker/worker.ts');
  const taskQueue = 'explored';
  const worker = await WorkerRuntime.create({
    shutdownForceTime: SHUTDOWN_MS,
    // Workflows run in this thread, in isolates that the runs share: to start a thread takes longer than most runs.
    debugMode: true,
    ...options,
    connection: env.nativeConnection,
    namespace: env.namespace,
    taskQueue,
  });
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new Error(`The run did not end within ${timeoutMs} ms`)), timeoutMs);
  try {
    await worker.runUntil(() => Promise.race([body(taskQueue), timeout.promise, failures.first]));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
}

type Unlocked = <Input, Output>(input: Input, next: (input: Input) => Promise<Output>) => Promise<Output>;

/** Interceptors that let time skip while a call of the client waits for a workflow, as waiting for a result does. */
function skipTimeIn(env: () => TestWorkflowEnvironment) {
  const unlocked: Unlocked = async (input, next) => {
    const { testService } = env().nativeConnection;
    await testService.unlockTimeSkipping({});
    try {
      return await next(input);
    } finally {
      await testService.lockTimeSkipping({});
    }
  };
  return { query: unlocked, startUpdate: unlocked, startUpdateWithStart: unlocked };
}

async function recordHistories(env: TestWorkflowEnvironment): Promise<RecordedHistory[]> {
  const histories: RecordedHistory[] = [];
  for await (const { workflowId, runId } of env.client.workflow.list()) {
    const handle: WorkflowHandle = env.client.workflow.getHandle(workflowId, runId);
    histories.push({ workflowId, runId, history: await handle.fetchHistory() });
  }
  return histories.reverse();
}
