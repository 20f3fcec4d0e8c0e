import { describe, expect, test } from 'bun:test';
import { noopMetricMeter } from '@temporalio/common';
import { operation, service, serviceHandler } from 'nexus-rpc';
import { RecordingLogger } from '../../../tests/support/recording-logger.ts';
import { ResourceBasedController, type WorkerTuner } from '../tuner/worker-tuner.ts';
import { compileWorkerOptions } from './compiled-options.ts';
import { toNativeWorkerConfig } from './native-config.ts';
import type { WorkerOptions } from './worker-options.ts';

function noSuppliers(): never {
  throw new Error('There is no custom supplier');
}

function nativeConfig(options: Partial<WorkerOptions>) {
  return toNativeWorkerConfig(
    compileWorkerOptions({ taskQueue: 'queue', ...options }, new RecordingLogger(), noopMetricMeter),
    'built',
    noSuppliers,
  );
}

const activities = { async greet() {} };

test('a whole configuration', () => {
  const config = nativeConfig({
    activities,
    workflowsPath: './workflows.ts',
    namespace: 'shop',
    identity: 'me',
    maxCachedWorkflows: 50,
    shutdownGraceTime: '3s',
    maxActivitiesPerSecond: 1.5,
    maxTaskQueueActivitiesPerSecond: 2.5,
    maxEagerActivityReservationsPerWorkflowTask: 0,
    stickyQueueScheduleToStartTimeout: '4s',
    maxHeartbeatThrottleInterval: 700,
    defaultHeartbeatThrottleInterval: 600,
    disablePayloadErrorLimit: true,
    plugins: [{ name: 'a-plugin' }],
    activityTaskPollerBehavior: { type: 'autoscaling' },
  });
  expect(config).toEqual({
    namespace: 'shop',
    taskQueue: 'queue',
    identity: 'me',
    taskTypes: { workflows: true, localActivities: true, activities: true, nexus: false },
    versioning: { type: 'none', buildId: 'built' },
    maxCachedWorkflows: 50,
    tuner: {
      workflow: { type: 'fixed', slots: 40 },
      activity: { type: 'fixed', slots: 100 },
      localActivity: { type: 'fixed', slots: 100 },
      nexus: { type: 'fixed', slots: 100 },
    },
    workflowTaskPoller: { type: 'simple-maximum', maximum: 10 },
    activityTaskPoller: { type: 'autoscaling', minimum: 1, maximum: 100, initial: 5 },
    nexusTaskPoller: { type: 'simple-maximum', maximum: 10 },
    nonstickyToStickyPollRatio: 0.2,
    stickyQueueScheduleToStartTimeoutMs: 4000,
    maxHeartbeatThrottleIntervalMs: 700,
    defaultHeartbeatThrottleIntervalMs: 600,
    maxTaskQueueActivitiesPerSecond: 2.5,
    maxWorkerActivitiesPerSecond: 1.5,
    maxEagerActivityReservationsPerWorkflowTask: 0,
    gracefulShutdownPeriodMs: 3000,
    workflowFailureErrors: [],
    workflowTypesToFailureErrors: {},
    plugins: [{ name: 'a-plugin' }],
    storageDrivers: [],
    disablePayloadErrorLimit: true,
  });
});

test('the grace period is always there', () => {
  expect(nativeConfig({}).gracefulShutdownPeriodMs).toBe(0);
});

const jobs = serviceHandler(service('jobs', { run: operation<void, void>() }), { run: async () => {} });

describe('task types', () => {
  test.each<[Partial<WorkerOptions>, object]>([
    [{}, { workflows: false, localActivities: false, activities: false }],
    [{ activities }, { workflows: false, localActivities: false, activities: true }],
    [{ workflowBundle: { code: '' } }, { workflows: true, localActivities: false, activities: false }],
    [
      { workflowBundle: { code: '' }, activities, enableNonLocalActivities: false },
      { workflows: true, localActivities: true, activities: false },
    ],
    [{ nexusServices: [jobs] }, { workflows: false, localActivities: false, activities: false, nexus: true }],
  ])('%p', (options, taskTypes) => {
    expect(nativeConfig(options).taskTypes).toEqual({ nexus: false, ...taskTypes } as never);
  });
});

describe('versioning', () => {
  const version = { deploymentName: 'shop', buildId: '7' };

  test('by legacy build id', () => {
    const options = { useVersioning: true, buildId: 'mine' };
    expect(
      toNativeWorkerConfig(
        compileWorkerOptions({ taskQueue: 'q', ...options }, new RecordingLogger(), noopMetricMeter),
        'mine',
        noSuppliers,
      ).versioning,
    ).toEqual({
      type: 'legacy-build-id',
      buildId: 'mine',
    });
  });

  test('by deployment', () => {
    const pinned = { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' } as const;
    expect(nativeConfig({ workerDeploymentOptions: pinned }).versioning).toEqual({
      type: 'deployment',
      deploymentName: 'shop',
      buildId: '7',
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'pinned',
    });
    expect(nativeConfig({ workerDeploymentOptions: { version, useWorkerVersioning: false } }).versioning).toEqual({
      type: 'deployment',
      deploymentName: 'shop',
      buildId: '7',
      useWorkerVersioning: false,
    });
  });
});

test('core is told of nondeterminism only', () => {
  const config = nativeConfig({
    workflowFailureErrorTypes: {
      '*': ['MyError'],
      strict: ['NondeterminismError'],
      any: ['Error', 'DeterminismViolationError'],
      mine: ['MyError'],
    },
  });
  expect(config.workflowFailureErrors).toEqual([]);
  expect(config.workflowTypesToFailureErrors).toEqual({
    strict: ['nondeterminism'],
    any: ['nondeterminism'],
    mine: [],
  });
});

describe('tuner', () => {
  const targets = { targetMemoryUsage: 0.7, targetCpuUsage: 0.9 };
  const fixed = { type: 'fixed-size', numSlots: 5 } as const;
  const holder = {
    workflowTaskSlotSupplier: fixed,
    activityTaskSlotSupplier: fixed,
    localActivityTaskSlotSupplier: fixed,
    nexusTaskSlotSupplier: fixed,
  };

  test('resource-based, with defaults', () => {
    expect(
      nativeConfig({
        tuner: { tunerOptions: targets, activityTaskSlotOptions: { maximumSlots: 7, rampThrottle: '1s' } },
      }).tuner,
    ).toEqual({
      workflow: { type: 'resource-based', minimumSlots: 2, maximumSlots: 1000, rampThrottleMs: 10 },
      activity: { type: 'resource-based', minimumSlots: 1, maximumSlots: 7, rampThrottleMs: 1000 },
      localActivity: { type: 'resource-based', minimumSlots: 1, maximumSlots: 2000, rampThrottleMs: 50 },
      nexus: { type: 'resource-based', minimumSlots: 1, maximumSlots: 2000, rampThrottleMs: 50 },
      resourceTargets: { memoryUsage: 0.7, cpuUsage: 0.9 },
    });
  });

  test('with a controller', () => {
    const tuner = nativeConfig({ tuner: { controller: ResourceBasedController.create(targets) } }).tuner;
    expect(tuner.resourceTargets).toEqual({ memoryUsage: 0.7, cpuUsage: 0.9 });
  });

  test('of suppliers that share a controller', () => {
    const controller = ResourceBasedController.create(targets);
    const shared = { type: 'resource-based', controller } as const;
    const tuner = { ...holder, activityTaskSlotSupplier: shared, nexusTaskSlotSupplier: shared };
    expect(nativeConfig({ tuner }).tuner.resourceTargets).toEqual({ memoryUsage: 0.7, cpuUsage: 0.9 });
  });

  test('of suppliers of several kinds', () => {
    const tuner: WorkerTuner = {
      ...holder,
      activityTaskSlotSupplier: { type: 'resource-based', tunerOptions: targets },
    };
    expect(nativeConfig({ tuner }).tuner).toMatchObject({
      workflow: { type: 'fixed', slots: 5 },
      activity: { type: 'resource-based' },
      resourceTargets: { memoryUsage: 0.7 },
    });
  });

  test('does not lower the number of polls', () => {
    expect(nativeConfig({ tuner: holder }).activityTaskPoller).toEqual({ type: 'simple-maximum', maximum: 10 });
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      'custom, without its methods',
      { ...holder, activityTaskSlotSupplier: { type: 'custom', reserveSlot: async () => ({}) } },
      'activityTaskSlotSupplier.tryReserveSlot must be a function',
    ],
    [
      'without slots',
      { ...holder, nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 0 } },
      'nexusTaskSlotSupplier.numSlots must be a positive integer',
    ],
    ['of no kind', { ...holder, nexusTaskSlotSupplier: undefined }, 'nexusTaskSlotSupplier.type must be'],
    [
      'with two sets of targets',
      {
        ...holder,
        activityTaskSlotSupplier: { type: 'resource-based', tunerOptions: targets },
        nexusTaskSlotSupplier: { type: 'resource-based', tunerOptions: { ...targets, targetCpuUsage: 0.1 } },
      },
      'multiple different resource-based tuner configurations',
    ],
    [
      'with two controllers, although their targets are equal',
      {
        ...holder,
        activityTaskSlotSupplier: { type: 'resource-based', controller: ResourceBasedController.create(targets) },
        nexusTaskSlotSupplier: { type: 'resource-based', controller: ResourceBasedController.create(targets) },
      },
      'multiple different resource-based tuner configurations',
    ],
    [
      'with a controller and targets',
      {
        ...holder,
        activityTaskSlotSupplier: { type: 'resource-based', controller: ResourceBasedController.create(targets) },
        nexusTaskSlotSupplier: { type: 'resource-based', tunerOptions: targets },
      },
      'multiple different resource-based tuner configurations',
    ],
    [
      'with both at once',
      { controller: ResourceBasedController.create(targets), tunerOptions: targets },
      'exactly one of controller or tunerOptions',
    ],
    [
      'with a target out of range',
      { tunerOptions: { ...targets, targetCpuUsage: 90 } },
      'targetCpuUsage must be a number from 0 to 1',
    ],
    [
      'with a target that is no number',
      { tunerOptions: { targetCpuUsage: 1, targetMemoryUsage: '0.5' } },
      'WorkerOptions.tuner.workflowTaskSlotSupplier.targetMemoryUsage must be a number from 0 to 1, got "0.5"',
    ],
    [
      'with a negative minimum',
      { tunerOptions: targets, activityTaskSlotOptions: { minimumSlots: -1 } },
      'WorkerOptions.tuner.activityTaskSlotSupplier.minimumSlots must be a non-negative integer, got -1',
    ],
    [
      'with a maximum that is no number',
      { tunerOptions: targets, nexusTaskSlotOptions: { maximumSlots: 'many' } },
      'WorkerOptions.tuner.nexusTaskSlotSupplier.maximumSlots must be a positive integer, got "many"',
    ],
    [
      'with a throttle that is no time',
      { tunerOptions: targets, localActivityTaskSlotOptions: { rampThrottle: 'soon' } },
      'WorkerOptions.tuner.localActivityTaskSlotSupplier.rampThrottle must be a number of milliseconds',
    ],
    ['with null for targets', { tunerOptions: null }, 'exactly one of controller or tunerOptions'],
    ['without targets', {}, 'exactly one of controller or tunerOptions'],
    ['with a controller that is none', { controller: {} }, 'must be a ResourceBasedController'],
    [
      'with limits crossed',
      { tunerOptions: targets, workflowTaskSlotOptions: { maximumSlots: 1 } },
      'minimumSlots (2) must not exceed',
    ],
  ])('%s', (_, tuner, message) => {
    expect(() => nativeConfig({ tuner: tuner as unknown as WorkerTuner })).toThrow(message);
  });
});
