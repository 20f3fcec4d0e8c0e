import { afterEach, describe, expect, test } from 'bun:test';
import { noopMetricMeter } from '@temporalio/common';
import { RecordingLogger } from '../../../tests/support/recording-logger.ts';
import { compileWorkerOptions } from './compiled-options.ts';
import type { WorkerOptions } from './worker-options.ts';

function compile(options: Partial<WorkerOptions>, logger = new RecordingLogger()) {
  return compileWorkerOptions({ taskQueue: 'queue', ...options }, logger, noopMetricMeter);
}

/** Compiles options that only a user without types can pass. */
const broken = (options: Record<string, unknown>) => () => compile(options as Partial<WorkerOptions>);

describe('defaults', () => {
  test('are those of upstream', () => {
    const options = compile({ activities: { async greet() {} } });
    expect(options).toMatchObject({
      namespace: 'default',
      useVersioning: false,
      enableNonLocalActivities: true,
      nonStickyToStickyPollRatio: 0.2,
      workflowThreadPoolSize: 1,
      reuseV8Context: true,
      debugMode: false,
      shutdownGraceTimeMs: 0,
      shutdownForceTimeMs: undefined,
      isolateExecutionTimeoutMs: 5000,
      stickyQueueScheduleToStartTimeoutMs: 10_000,
      maxHeartbeatThrottleIntervalMs: 60_000,
      defaultHeartbeatThrottleIntervalMs: 30_000,
      workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 10 },
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 10 },
      tuner: {
        workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 40 },
        activityTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
        localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
        nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
      },
    });
    expect(options.identity).toMatch(new RegExp(`^${process.pid}@.+`));
    expect(options.maxCachedWorkflows).toBeGreaterThanOrEqual(10);
    expect(Object.keys(options.sinks ?? {})).toEqual(['__temporal_logger', '__temporal_metrics']);
  });

  test('polls do not exceed slots, and a cache needs two workflow polls', () => {
    const options = compile({
      maxConcurrentActivityTaskExecutions: 3,
      maxConcurrentWorkflowTaskExecutions: 2,
      maxConcurrentWorkflowTaskPolls: 1,
    });
    expect(options.activityTaskPollerBehavior).toEqual({ type: 'simple-maximum', maximum: 3 });
    expect(options.workflowTaskPollerBehavior).toEqual({ type: 'simple-maximum', maximum: 2 });
  });

  test('a number of polls is used', () => {
    const options = compile({ maxConcurrentActivityTaskPolls: 7, maxConcurrentWorkflowTaskPolls: 25 });
    expect(options.activityTaskPollerBehavior).toEqual({ type: 'simple-maximum', maximum: 7 });
    expect(options.workflowTaskPollerBehavior).toEqual({ type: 'simple-maximum', maximum: 25 });
  });

  test('of an autoscaling poller lie between its limits', () => {
    const poller = (
      behavior: Omit<Extract<WorkerOptions['activityTaskPollerBehavior'], { type: 'autoscaling' }>, 'type'>,
    ) => compile({ activityTaskPollerBehavior: { type: 'autoscaling', ...behavior } }).activityTaskPollerBehavior;
    expect(poller({})).toEqual({ type: 'autoscaling', minimum: 1, maximum: 100, initial: 5 });
    expect(poller({ maximum: 3 })).toEqual({ type: 'autoscaling', minimum: 1, maximum: 3, initial: 3 });
    expect(poller({ minimum: 8 })).toEqual({ type: 'autoscaling', minimum: 8, maximum: 100, initial: 8 });
  });

  test('remote activities are off without activities', () => {
    expect(compile({}).enableNonLocalActivities).toBe(false);
  });

  describe('debug mode', () => {
    const before = process.env.TEMPORAL_DEBUG;
    afterEach(() => {
      if (before === undefined) delete process.env.TEMPORAL_DEBUG;
      else process.env.TEMPORAL_DEBUG = before;
    });

    test('lifts the limit on activations, and TEMPORAL_DEBUG turns it on', () => {
      process.env.TEMPORAL_DEBUG = 'TRUE';
      expect(compile({})).toMatchObject({ debugMode: true, isolateExecutionTimeoutMs: 2 ** 32 - 1 });
      process.env.TEMPORAL_DEBUG = '0';
      expect(compile({}).debugMode).toBe(false);
    });
  });
});

test('times may be numbers or strings', () => {
  expect(compile({ shutdownGraceTime: '2 seconds', shutdownForceTime: 1500 })).toMatchObject({
    shutdownGraceTimeMs: 2000,
    shutdownForceTimeMs: 1500,
  });
});

test('times are kept as they were given, beside their ms', () => {
  expect(compile({ maxHeartbeatThrottleInterval: '2s' })).toMatchObject({
    shutdownGraceTime: 0,
    isolateExecutionTimeout: '5s',
    stickyQueueScheduleToStartTimeout: '10s',
    maxHeartbeatThrottleInterval: '2s',
    maxHeartbeatThrottleIntervalMs: 2000,
    defaultHeartbeatThrottleInterval: '30s',
  });
});

test('a resource-based tuner is one of four suppliers, with defaults', () => {
  const targets = { targetMemoryUsage: 0.8, targetCpuUsage: 0.9 };
  const { tuner } = compile({ tuner: { tunerOptions: targets, activityTaskSlotOptions: { rampThrottle: '1s' } } });
  const other = { type: 'resource-based', minimumSlots: 1, maximumSlots: 2000, rampThrottle: 50 } as const;
  expect(tuner).toEqual({
    workflowTaskSlotSupplier: { type: 'resource-based', minimumSlots: 2, maximumSlots: 1000, rampThrottle: 10 },
    activityTaskSlotSupplier: { ...other, rampThrottle: 1000 },
    localActivityTaskSlotSupplier: other,
    nexusTaskSlotSupplier: other,
    resourceBasedTunerConfig: { type: 'options', ...targets },
  });
});

describe('what is too small is raised with a warning', () => {
  test('maxCachedWorkflows', () => {
    const logger = new RecordingLogger();
    expect(compile({ maxCachedWorkflows: 1 }, logger).maxCachedWorkflows).toBe(2);
    expect(logger.messages('WARN')[0]).toContain('maxCachedWorkflows');
  });

  test('maxConcurrentWorkflowTaskExecutions, only with a cache', () => {
    const logger = new RecordingLogger();
    expect(compile({ maxConcurrentWorkflowTaskExecutions: 1 }, logger).tuner).toMatchObject({
      workflowTaskSlotSupplier: { numSlots: 2 },
    });
    expect(logger.messages('WARN')).toHaveLength(1);
    expect(compile({ maxConcurrentWorkflowTaskExecutions: 1, maxCachedWorkflows: 0 }, logger).tuner).toMatchObject({
      workflowTaskSlotSupplier: { numSlots: 1 },
    });
    expect(logger.messages('WARN')).toHaveLength(1);
  });
});

test('inbound interceptors of the old kind come first', () => {
  const [inbound, both] = [{}, { outbound: {} }];
  const { activity } = compile({
    interceptors: { activity: [() => both], activityInbound: [() => inbound] },
  }).interceptors;
  expect(activity.map((factory) => factory({} as never))).toEqual([{ inbound }, both]);
});

test("a user's defaultWorkerLogger sink replaces the logger sink", () => {
  const mine = { info: { fn() {} } };
  expect(compile({ sinks: { defaultWorkerLogger: mine } }).sinks?.__temporal_logger).toBe(mine);
});

describe('errors name the option', () => {
  const deployment = { deploymentName: 'shop', buildId: '1' };
  test.each<[Record<string, unknown>, string]>([
    [{ taskQueue: '' }, 'Task queue name is required'],
    [{ taskQueue: '__temporal_x' }, "task queue name: '__temporal_x'"],
    [{ namespace: '' }, 'WorkerOptions.namespace must be a string that is not empty, got ""'],
    [{ maxCachedWorkflows: -1 }, 'WorkerOptions.maxCachedWorkflows must be a non-negative integer, got -1'],
    [
      { activityThreads: {} },
      'WorkerOptions.activityThreads.activitiesPath must be a string that is not empty, got null',
    ],
    [
      { activityThreads: { activitiesPath: './a.ts', size: 0 } },
      'WorkerOptions.activityThreads.size must be a positive integer, got 0',
    ],
    ...[1024, 2 ** 24 + 0.5, '25', '0%', '101%', 'half'].map((size): [Record<string, unknown>, string] => [
      { maxCachedWorkflowsMemory: size },
      `WorkerOptions.maxCachedWorkflowsMemory must be an integer of at least 16777216 (16 MiB), or a share of the memory such as '25%', got ${JSON.stringify(size)}`,
    ]),
    [{ workflowThreadPoolSize: 0.5 }, 'WorkerOptions.workflowThreadPoolSize must be a positive integer, got 0.5'],
    [
      { maxConcurrentActivityTaskExecutions: '5' },
      'maxConcurrentActivityTaskExecutions must be a positive integer, got "5"',
    ],
    ...[-1, 1.5, NaN].map((count): [Record<string, unknown>, string] => [
      { maxEagerActivityReservationsPerWorkflowTask: count },
      `maxEagerActivityReservationsPerWorkflowTask must be a non-negative integer, got ${count}`,
    ]),
    [{ maxActivitiesPerSecond: 0 }, 'WorkerOptions.maxActivitiesPerSecond must be a positive number, got 0'],
    [{ nonStickyToStickyPollRatio: 2 }, 'nonStickyToStickyPollRatio must be a number from 0 to 1, got 2'],
    [{ shutdownGraceTime: 'soon' }, 'WorkerOptions.shutdownGraceTime must be a number of milliseconds'],
    [{ shutdownForceTime: -5 }, 'WorkerOptions.shutdownForceTime must be a number of milliseconds'],
    [{ enableNonLocalActivities: 'no' }, 'WorkerOptions.enableNonLocalActivities must be a boolean'],
    [{ activities: () => {} }, 'WorkerOptions.activities must be an object, got a function'],
    [{ activities: { __temporal_a() {} } }, "activity name: '__temporal_a'"],
    [{ sinks: { __temporal_logger: {} } }, "sink name: '__temporal_logger'"],
    [{ interceptors: { activity: [{}] } }, 'WorkerOptions.interceptors.activity must be an array of functions'],
    [
      { interceptors: { workflowModules: 'x' } },
      'WorkerOptions.interceptors.workflowModules must be an array of strings',
    ],
    [
      { bundlerOptions: { ignoreModules: 'fs' } },
      'WorkerOptions.bundlerOptions.ignoreModules must be an array of strings',
    ],
    [
      { workflowFailureErrorTypes: { mine: 'Error' } },
      'WorkerOptions.workflowFailureErrorTypes.mine must be an array of strings, got "Error"',
    ],
    [
      { workflowFailureErrorTypes: { '*': [Error] } },
      'WorkerOptions.workflowFailureErrorTypes.* must be an array of strings, got an array',
    ],
    [{ sinks: { mine: 5 } }, 'WorkerOptions.sinks.mine must be an object, got 5'],
    [{ sinks: { mine: { tell() {} } } }, 'WorkerOptions.sinks.mine.tell must have fn, a function'],
    [{ plugins: [{}] }, 'WorkerOptions.plugins must be an array of plugins, which have a name, got an array'],
    [
      { dataConverter: { payloadCodecs: {} } },
      'WorkerOptions.dataConverter.payloadCodecs must be an array, got an object',
    ],
    [{ patchActivationCallback: true }, 'WorkerOptions.patchActivationCallback must be a function, got true'],
    [{ workflowBundle: {} }, 'WorkerOptions.workflowBundle must have either code'],
    [{ useVersioning: true }, 'Must provide a buildId if useVersioning is true'],
    [
      { activityTaskPollerBehavior: { type: 'fast' } },
      "WorkerOptions.activityTaskPollerBehavior.type must be 'simple-maximum'",
    ],
    [
      { workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 0 } },
      'workflowTaskPollerBehavior.maximum must be a positive integer',
    ],
    [
      { nexusTaskPollerBehavior: { type: 'autoscaling', minimum: 9, maximum: 3 } },
      'minimum (9) must not exceed its maximum (3)',
    ],
    [{ nexusTaskPollerBehavior: { type: 'autoscaling', maximum: 3, initial: 4 } }, 'initial (4) must be between'],
    [{ tuner: {}, maxConcurrentNexusTaskExecutions: 1 }, 'Cannot set both tuner and maxConcurrentNexusTaskExecutions'],
    [
      { workerDeploymentOptions: { version: { deploymentName: 'shop', buildId: '' } } },
      'workerDeploymentOptions.version must have a deploymentName and a buildId',
    ],
    [{ workerDeploymentOptions: { version: {} } }, 'workerDeploymentOptions.version must have a deploymentName'],
    [
      { workerDeploymentOptions: { version: deployment } },
      'workerDeploymentOptions.useWorkerVersioning must be a boolean',
    ],
    [
      { workerDeploymentOptions: { version: deployment, useWorkerVersioning: true } },
      'defaultVersioningBehavior must be',
    ],
    [{ workerDeploymentOptions: { version: deployment, useWorkerVersioning: false }, buildId: '1' }, 'Cannot set both'],
    [{ nexusServices: {} }, 'WorkerOptions.nexusServices must be an array'],
    [{ nexusServices: [{}] }, 'Nexus services must have a non-empty name.'],
  ])('%p', (options, message) => {
    expect(broken(options)).toThrow(TypeError);
    expect(broken(options)).toThrow(message);
  });

  test.each([
    'namespace',
    'identity',
    'buildId',
    'useVersioning',
    'workerDeploymentOptions',
    'activities',
    'nexusServices',
    'workflowsPath',
    'workflowBundle',
    'dataConverter',
    'tuner',
    'interceptors',
    'plugins',
    'sinks',
    'bundlerOptions',
    'workflowFailureErrorTypes',
    'shutdownGraceTime',
    'shutdownForceTime',
    'stickyQueueScheduleToStartTimeout',
    'maxHeartbeatThrottleInterval',
    'defaultHeartbeatThrottleInterval',
    'maxConcurrentActivityTaskExecutions',
    'maxConcurrentLocalActivityExecutions',
    'maxConcurrentWorkflowTaskExecutions',
    'maxConcurrentNexusTaskExecutions',
    'maxConcurrentActivityTaskPolls',
    'maxConcurrentWorkflowTaskPolls',
    'maxConcurrentNexusTaskPolls',
    'workflowTaskPollerBehavior',
    'activityTaskPollerBehavior',
    'nexusTaskPollerBehavior',
    'workflowThreadPoolSize',
    'maxCachedWorkflows',
    'maxCachedWorkflowsMemory',
    'maxEagerActivityReservationsPerWorkflowTask',
    'maxActivitiesPerSecond',
    'maxTaskQueueActivitiesPerSecond',
    'nonStickyToStickyPollRatio',
    'enableNonLocalActivities',
    'disablePayloadErrorLimit',
    'showStackTraceSources',
    'debugMode',
    'reuseV8Context',
    'patchActivationCallback',
  ] satisfies (keyof WorkerOptions)[])('%s is not null', (field) => {
    expect(broken({ [field]: null })).toThrow(TypeError);
    expect(broken({ [field]: null })).toThrow(`WorkerOptions.${field} must be `);
  });
});
