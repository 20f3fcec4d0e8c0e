import type { NativeWorkerConfig } from '../../native/worker.ts';
import { type ConnectSupplier, toNativeTuner } from '../tuner/native-tuner.ts';
import type { CompiledWorkerOptions } from './compiled-options.ts';

type ErrorTypes = NonNullable<NativeWorkerConfig['workflowFailureErrors']>;

/**
 * Converts options to the native worker's configuration. `buildId` is used if the worker is not part of a deployment.
 */
export function toNativeWorkerConfig(
  options: CompiledWorkerOptions,
  buildId: string,
  connectSupplier: ConnectSupplier,
): NativeWorkerConfig {
  const { '*': anyType = [], ...byType } = options.workflowFailureErrorTypes ?? {};
  return {
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    identity: options.identity,
    taskTypes: taskTypesOf(options),
    versioning: versioningOf(options, buildId),
    maxCachedWorkflows: options.maxCachedWorkflows,
    tuner: toNativeTuner(options.tuner, connectSupplier),
    workflowTaskPoller: options.workflowTaskPollerBehavior,
    activityTaskPoller: options.activityTaskPollerBehavior,
    nexusTaskPoller: options.nexusTaskPollerBehavior,
    nonstickyToStickyPollRatio: options.nonStickyToStickyPollRatio,
    stickyQueueScheduleToStartTimeoutMs: options.stickyQueueScheduleToStartTimeoutMs,
    maxHeartbeatThrottleIntervalMs: options.maxHeartbeatThrottleIntervalMs,
    defaultHeartbeatThrottleIntervalMs: options.defaultHeartbeatThrottleIntervalMs,
    maxTaskQueueActivitiesPerSecond: options.maxTaskQueueActivitiesPerSecond,
    maxWorkerActivitiesPerSecond: options.maxActivitiesPerSecond,
    maxEagerActivityReservationsPerWorkflowTask: options.maxEagerActivityReservationsPerWorkflowTask ?? 3,
    // Always set: otherwise core would not cancel activities on shutdown at all.
    gracefulShutdownPeriodMs: options.shutdownGraceTimeMs,
    workflowFailureErrors: nativeErrorTypes(anyType),
    workflowTypesToFailureErrors: Object.fromEntries(
      Object.entries(byType).map(([type, names]) => [type, nativeErrorTypes(names)]),
    ),
    plugins: (options.plugins ?? []).map(({ name }) => ({ name })),
    storageDrivers: [...new Set(options.loadedDataConverter.externalStorage?.drivers.map(({ type }) => type))],
    disablePayloadErrorLimit: options.disablePayloadErrorLimit ?? false,
  };
}

/** The kinds of tasks that a worker with these options polls for. Local activities come with workflow tasks. */
export function taskTypesOf(options: CompiledWorkerOptions): NativeWorkerConfig['taskTypes'] {
  const workflows = options.workflowBundle !== undefined || options.workflowsPath !== undefined;
  return {
    workflows,
    localActivities: workflows && options.activities.size > 0,
    activities: options.enableNonLocalActivities,
    nexus: options.nexusServiceHandlers !== undefined,
  };
}

function versioningOf(options: CompiledWorkerOptions, buildId: string): NativeWorkerConfig['versioning'] {
  const deployment = options.workerDeploymentOptions;
  if (deployment === undefined) {
    return { type: options.useVersioning ? 'legacy-build-id' : 'none', buildId };
  }
  return {
    type: 'deployment',
    deploymentName: deployment.version.deploymentName,
    buildId: deployment.version.buildId,
    useWorkerVersioning: deployment.useWorkerVersioning,
    ...(deployment.useWorkerVersioning && {
      defaultVersioningBehavior: deployment.defaultVersioningBehavior === 'PINNED' ? 'pinned' : 'auto-upgrade',
    }),
  };
}

/** Core handles nondeterminism only. Other errors are matched where workflow code runs. */
function nativeErrorTypes(names: readonly string[]): ErrorTypes {
  const nondeterminism = ['NondeterminismError', 'DeterminismViolationError', 'Error'];
  return names.some((name) => nondeterminism.includes(name)) ? ['nondeterminism'] : [];
}
