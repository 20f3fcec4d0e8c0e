import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { LogMetadata } from '@temporalio/common';
import { LogTimestamp, Runtime } from '../../src/index.ts';
import * as activities from '../fixtures/telemetry/activities.ts';
import * as workflows from '../fixtures/telemetry/workflows.ts';
import { useDevServer } from '../support/dev-server.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { withWorker } from '../support/test-worker.ts';
import { LoggingWorker } from './logging-worker.ts';

setDefaultTimeout(60_000);
const logger = new RecordingLogger();
Runtime.install({
  logger,
  telemetryOptions: { logging: { forward: {}, filter: { core: 'DEBUG', other: 'WARN' } } },
});
const server = useDevServer();

describe('lines of a worker, and of core that are forwarded', () => {
  const workflowId = crypto.randomUUID();
  let queue: string;
  let runId: string;

  beforeAll(async () => {
    const workflowsPath = `${import.meta.dir}/../fixtures/telemetry/workflows.ts`;
    await withWorker(server, { workflowsPath, activities }, async ({ client, taskQueue }) => {
      queue = taskQueue;
      const handle = await client.workflow.start(workflows.logged, { taskQueue, workflowId });
      runId = handle.firstExecutionRunId;
      await handle.result();
    });
  }, 60_000);

  const find = (message: string) => {
    const found = logger.lines.filter((line) => line.message === message);
    expect(found, message).toHaveLength(1);
    return found[0] as { level: string; message: string; meta: LogMetadata };
  };

  test('come in the order of their time', () => {
    const times = logger.lines.map(({ meta }) => (meta as LogMetadata)[LogTimestamp] as bigint);
    expect(times).toEqual(times.toSorted((a, b) => Number(a - b)));
  });

  test('of all sources are interleaved', () => {
    const expected = [
      'core: Initializing worker',
      'worker: Worker state changed',
      'core: Applying new workflow task from server',
      'worker: Workflow started',
      'workflow: before the activity',
      'worker: Activity started',
      'activity: in the activity',
      'worker: Activity completed',
      'workflow: after the activity',
      'worker: Workflow completed',
      'core: Initiated shutdown',
    ];
    const firsts = new Set(logger.lines.map(({ message, meta }) => `${meta?.sdkComponent}: ${message}`));
    expect([...firsts].filter((line) => expected.includes(line))).toEqual(expected);
    const states = logger.lines.filter(({ message }) => message === 'Worker state changed');
    expect(states.map(({ meta }) => meta?.state)).toEqual(['RUNNING', 'STOPPING', 'DRAINING', 'DRAINED', 'STOPPED']);
  });

  test('of core have its fields, those of its spans, and say where they come from', () => {
    expect(find('Initializing worker')).toMatchObject({
      level: 'INFO',
      meta: {
        sdkComponent: 'core',
        target: 'temporalio_sdk_core::worker',
        namespace: 'default',
        taskQueue: queue,
        spanContexts: [],
      },
    });
    expect(find('Driven WF start').meta.spanContexts).toEqual([
      'new_stream_input',
      'instantiate_or_update',
      'handle_event',
    ]);
    const completed = logger.lines.find(({ message }) => message === 'Marking WFT completed');
    expect(completed).toMatchObject({
      level: 'DEBUG',
      meta: { workflowId, runId, taskQueue: queue, sdkComponent: 'core' },
    });
  });

  test('of workers, workflows and activities have their attributes', () => {
    const ofWorkflow = { namespace: 'default', taskQueue: queue, workflowId, runId, workflowType: 'logged' };
    expect(find('before the activity')).toMatchObject({
      level: 'INFO',
      meta: { sdkComponent: 'workflow', ...ofWorkflow, first: true },
    });
    expect(find('Workflow started')).toMatchObject({ level: 'DEBUG', meta: { sdkComponent: 'worker', ...ofWorkflow } });
    const ofActivity = {
      namespace: 'default',
      taskQueue: queue,
      activityId: '1',
      activityType: 'measure',
      attempt: 1,
      isLocal: false,
      taskToken: expect.any(String),
      workflowId,
      workflowRunId: runId,
      workflowType: 'logged',
    };
    expect(find('in the activity')).toMatchObject({
      level: 'WARN',
      meta: { sdkComponent: 'activity', ...ofActivity, beans: 2 },
    });
    const completed = find('Activity completed');
    expect(completed).toMatchObject({
      level: 'DEBUG',
      meta: { sdkComponent: 'worker', ...ofActivity, durationMs: expect.any(Number) },
    });
  });
});

test('on a terminal the lines of core have colours', async () => {
  const script = `${import.meta.dir}/../fixtures/telemetry/logging-worker.ts`;
  const command = [process.execPath, script, server.address, '{}'].map((word) => `'${word}'`).join(' ');
  const child = Bun.spawn(['script', '--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...process.env, NO_COLOR: undefined },
    stdout: 'pipe',
  });
  const lines = (await child.stdout.text()).split('\n');
  expect(lines.find((line) => line.includes('Failing workflow task') && !line.startsWith('line '))).toContain(
    '\x1b[33m',
  );
});

describe('the options for the log', () => {
  const run = (telemetry: Parameters<typeof LoggingWorker.run>[1]) => LoggingWorker.run(server.address, telemetry);
  const isCore = ({ meta }: { meta?: LogMetadata }) => `${meta?.target}`.startsWith('temporalio_');

  test.concurrent('by default core warns on the console, and nothing is forwarded', async () => {
    const { lines, console } = await run({});
    expect(lines.map(({ meta }) => meta?.sdkComponent)).not.toContain('core');
    expect(lines.map(({ message }) => message)).toContain('in the activity');
    expect(console).not.toContain('INFO');
    expect(console).toContain('WARN');
    expect(console).toContain('Failing workflow task');
    expect(console).not.toContain('\x1b');
  });

  test.concurrent('levels for core, and for the rest', async () => {
    const { lines } = await run({ logging: { forward: {}, filter: { core: 'WARN', other: 'DEBUG' } } });
    const forwarded = lines.filter(({ meta }) => meta?.sdkComponent === 'core');
    expect(new Set(forwarded.filter(isCore).map(({ level }) => level))).toEqual(new Set(['WARN']));
    expect(forwarded.filter((line) => !isCore(line)).map(({ level }) => level)).toContain('DEBUG');
  });

  test.concurrent('a filter string', async () => {
    const filter = 'off,temporalio_sdk_core::worker::workflow::managed_run=debug';
    const { lines } = await run({ logging: { forward: {}, filter } });
    const targets = lines.filter(({ meta }) => meta?.sdkComponent === 'core').map(({ meta }) => meta?.target);
    expect(new Set(targets)).toEqual(new Set(['temporalio_sdk_core::worker::workflow::managed_run']));
  });

  test.concurrent('console lines as JSON', async () => {
    const { console, lines } = await run({ logging: { console: { format: 'json' }, filter: { core: 'INFO' } } });
    const parsed = console
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(parsed).toContainEqual(
      expect.objectContaining({
        level: 'INFO',
        fields: expect.objectContaining({ message: 'Initializing worker' }),
      }),
    );
    expect(lines.map(({ meta }) => meta?.sdkComponent)).not.toContain('core');
  });

  test.concurrent('console lines for people, compact by default', async () => {
    const formats = ['compact', undefined, 'pretty'] as const;
    const workers = await Promise.all(
      formats.map((format) => run({ logging: { console: { format }, filter: { core: 'INFO' } } })),
    );
    const [compact, byDefault, pretty] = workers.map(({ console }) => Bun.stripANSI(console));
    expect(compact).toMatch(/ INFO temporalio_sdk_core::worker: Initializing worker task_queue=.*\n\S/);
    expect(byDefault).toMatch(/ INFO temporalio_sdk_core::worker: Initializing worker task_queue=.*\n\S/);
    expect(pretty).toMatch(/ INFO temporalio_sdk_core::worker: Initializing worker, task_queue: .*\n\n/);
  });
});
