import { expect, setDefaultTimeout, test } from 'bun:test';
import type { LogMetadata } from '@temporalio/common';
import { Runtime } from '../../src/runtime/index.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { useClient } from '../support/client.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { useServer } from '../support/test-server.ts';

setDefaultTimeout(60_000);
cleanUpProjects();

/** Tells of the lines that wait for it. */
class WatchedLogger extends RecordingLogger {
  #watch: { message: string; resolve: (meta: LogMetadata | undefined) => void } | undefined;

  /** The fields of the next line with such a message. */
  next(message: string): Promise<LogMetadata | undefined> {
    const { promise, resolve } = Promise.withResolvers<LogMetadata | undefined>();
    this.#watch = { message, resolve };
    return promise;
  }

  override log(...[level, message, meta]: Parameters<RecordingLogger['log']>): void {
    super.log(level, message, meta);
    if (message === this.#watch?.message) this.#watch.resolve(meta);
  }
}

const logger = new WatchedLogger();
Runtime.install({ logger });
const server = useServer();
const open = useClient(server);

/** Starts a workflow of a module, and gives the error in the log line with such a message. */
async function loggedError(source: string, workflowType: string, message: string): Promise<Error> {
  const taskQueue = crypto.randomUUID();
  const worker = await WorkerRuntime.create({
    connection: open.connection,
    taskQueue,
    workflowsPath: new TemporaryProject({ 'workflows.ts': source }).path('workflows.ts'),
    activities: {
      async fails() {
        throw new Error('the reason');
      },
    },
  });
  return worker.runUntil(async () => {
    const line = logger.next(message);
    const handle = await open.client.workflow.start(workflowType, { taskQueue, workflowId: taskQueue });
    const meta = await line;
    await handle.terminate().catch(() => undefined); // it may have ended
    return meta?.error;
  });
}

test('a workflow type that is not exported is told to the logger', async () => {
  const error = await loggedError('export async function hello() {}', 'helo', 'Failed to process Workflow Activation');
  expect(error.message).toContain("'helo'");
});

test('a module that throws when it is loaded is told to the logger', async () => {
  const source = "throw new RangeError('no module today'); export async function hello() {}";
  const error = await loggedError(source, 'hello', 'Failed to process Workflow Activation');
  expect(error.message).toBe('no module today');
});

test('why an activity failed is told with the failed workflow', async () => {
  const error = await loggedError(
    `import { proxyActivities } from '@temporalio/workflow';
     const { fails } = proxyActivities({ startToCloseTimeout: '5s', retry: { maximumAttempts: 1 } });
     export async function failing() { await fails(); }`,
    'failing',
    'Workflow failed',
  );
  expect([error.name, error.message]).toEqual(['ActivityFailure', 'Activity task failed']);
  expect(String(error.cause)).toBe('ApplicationFailure: the reason');
});
