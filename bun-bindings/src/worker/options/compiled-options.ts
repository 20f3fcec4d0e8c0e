import { hostname } from 'node:os';
import { IllegalStateError, type LoadedDataConverter, type Logger, type MetricMeter } from '@temporalio/common';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/data-converter-helpers';
import { throwIfReservedName } from '@temporalio/common/lib/reserved';
import { type Duration, msOptionalToNumber, msToNumber } from '@temporalio/common/lib/time';
import { type ActivityRegistry, collectActivities } from '../../activity/activity-registry.ts';
import type { CompiledWorkerInterceptors, WorkerInterceptors } from '../../interceptors.ts';
import { collectServices, type ServiceRegistry } from '../../nexus/service-registry.ts';
import { defaultSinksOf } from '../sinks/default-sinks.ts';
import { type CompiledTuner, compileTuner } from '../tuner/compiled-tuner.ts';
import type { FixedSizeSlotSupplier } from '../tuner/worker-tuner.ts';
import { bytesOf, defaultMaxCachedWorkflows } from './cache-size.ts';
import { checkWorkerOptions } from './check-worker-options.ts';
import { checkLibrarySupport } from './library-support.ts';
import type { PollerBehavior } from './poller-behavior.ts';
import { warnOfUnknownOptions } from './unknown-options.ts';
import type { MemorySize, WorkerOptions } from './worker-options.ts';

/** {@link WorkerOptions} with defaults filled in, times in ms, activities by type, and Nexus services by name. */
export interface CompiledWorkerOptions
  extends Omit<
    WorkerOptions,
    | 'activities'
    | 'nexusServices'
    | 'interceptors'
    | 'tuner'
    | 'maxConcurrentActivityTaskExecutions'
    | 'maxConcurrentLocalActivityExecutions'
    | 'maxConcurrentWorkflowTaskExecutions'
    | 'maxConcurrentNexusTaskExecutions'
  > {
  identity: string;
  namespace: string;
  useVersioning: boolean;
  enableNonLocalActivities: boolean;
  nonStickyToStickyPollRatio: number;
  maxCachedWorkflows: number;
  maxCachedWorkflowsMemory: MemorySize;
  maxCachedWorkflowsMemoryBytes: number;
  workflowThreadPoolSize: number;
  showStackTraceSources: boolean;
  debugMode: boolean;
  reuseV8Context: boolean;
  extendedGlobals: boolean;
  tuner: CompiledTuner;
  workflowTaskPollerBehavior: Required<PollerBehavior>;
  activityTaskPollerBehavior: Required<PollerBehavior>;
  nexusTaskPollerBehavior: Required<PollerBehavior>;
  interceptors: CompiledWorkerInterceptors;
  activities: ActivityRegistry;
  /** Undefined if there are none. */
  nexusServiceHandlers?: ServiceRegistry;
  loadedDataConverter: LoadedDataConverter;
  shutdownGraceTime: Duration;
  isolateExecutionTimeout: Duration;
  stickyQueueScheduleToStartTimeout: Duration;
  maxHeartbeatThrottleInterval: Duration;
  defaultHeartbeatThrottleInterval: Duration;
  shutdownGraceTimeMs: number;
  shutdownForceTimeMs?: number;
  /** Time limit of one workflow activation. */
  isolateExecutionTimeoutMs: number;
  stickyQueueScheduleToStartTimeoutMs: number;
  maxHeartbeatThrottleIntervalMs: number;
  defaultHeartbeatThrottleIntervalMs: number;
}

/** The options of a worker that runs. */
export interface CompiledWorkerOptionsWithBuildId extends CompiledWorkerOptions {
  /** The one of {@link WorkerOptions.buildId}, or one that depends on this package and on the workflow code. */
  buildId: string;
}

/** The longest timeout of a `vm` script, in ms. */
const MAX_EXECUTION_TIMEOUT_MS = 2 ** 32 - 1;
const MAXIMUM_POLLS = 10;

/**
 * Checks a worker's options and fills in the defaults. Throws a TypeError that names the wrong option.
 *
 * @param threadedActivities the types of the activities that run in threads.
 */
export function compileWorkerOptions(
  options: WorkerOptions,
  logger: Logger,
  metricMeter: MetricMeter,
  threadedActivities: Iterable<string> = [],
): CompiledWorkerOptions {
  checkWorkerOptions(options);
  warnOfUnknownOptions(options, logger);
  throwIfReservedName('task queue', options.taskQueue);
  for (const name of Object.keys(options.sinks ?? {})) throwIfReservedName('sink', name);

  const debugMode = options.debugMode ?? isSet(process.env.TEMPORAL_DEBUG);
  const maxCachedWorkflows = cacheSize(options, logger);
  const maxCachedWorkflowsMemory = options.maxCachedWorkflowsMemory ?? '25%';
  const { tuner, slots } = tunerOf(options, maxCachedWorkflows > 0, logger);
  const leastWorkflowPolls = maxCachedWorkflows > 0 ? 2 : 1; // one for the task queue, one for the sticky queue
  const activities = withThreaded(collectActivities(options.activities), threadedActivities);
  const services = collectServices(options.nexusServices);
  const times = timesOf(options, debugMode);
  checkLibrarySupport(options.dataConverter ?? {});
  return {
    ...options,
    ...times,
    identity: options.identity ?? `${process.pid}@${hostname()}`,
    namespace: options.namespace ?? 'default',
    useVersioning: options.useVersioning ?? false,
    enableNonLocalActivities: (options.enableNonLocalActivities ?? true) && activities.size > 0,
    nonStickyToStickyPollRatio: options.nonStickyToStickyPollRatio ?? 0.2,
    maxCachedWorkflows,
    maxCachedWorkflowsMemory,
    maxCachedWorkflowsMemoryBytes: bytesOf(maxCachedWorkflowsMemory),
    workflowThreadPoolSize: options.workflowThreadPoolSize ?? 1,
    showStackTraceSources: options.showStackTraceSources ?? false,
    debugMode,
    reuseV8Context: options.reuseV8Context ?? true,
    extendedGlobals: options.extendedGlobals ?? true,
    tuner,
    workflowTaskPollerBehavior: pollerBehavior(
      options.workflowTaskPollerBehavior,
      Math.max(leastWorkflowPolls, options.maxConcurrentWorkflowTaskPolls ?? Math.min(MAXIMUM_POLLS, slots.workflow)),
    ),
    activityTaskPollerBehavior: pollerBehavior(
      options.activityTaskPollerBehavior,
      options.maxConcurrentActivityTaskPolls ?? Math.min(MAXIMUM_POLLS, slots.activity),
    ),
    nexusTaskPollerBehavior: pollerBehavior(
      options.nexusTaskPollerBehavior,
      options.maxConcurrentNexusTaskPolls ?? Math.min(MAXIMUM_POLLS, slots.nexus),
    ),
    interceptors: compileInterceptors(options.interceptors ?? {}),
    sinks: { ...defaultSinksOf(logger, metricMeter, options.sinks), ...options.sinks },
    activities,
    nexusServiceHandlers: services.size > 0 ? services : undefined,
    loadedDataConverter: loadDataConverter(options.dataConverter),
    shutdownGraceTimeMs: msToNumber(times.shutdownGraceTime),
    shutdownForceTimeMs: msOptionalToNumber(options.shutdownForceTime),
    isolateExecutionTimeoutMs: msToNumber(times.isolateExecutionTimeout),
    stickyQueueScheduleToStartTimeoutMs: msToNumber(times.stickyQueueScheduleToStartTimeout),
    maxHeartbeatThrottleIntervalMs: msToNumber(times.maxHeartbeatThrottleInterval),
    defaultHeartbeatThrottleIntervalMs: msToNumber(times.defaultHeartbeatThrottleInterval),
  };
}

/** The times of the options, and the defaults of those that are not set. */
function timesOf(options: WorkerOptions, debugMode: boolean) {
  return {
    shutdownGraceTime: options.shutdownGraceTime ?? 0,
    isolateExecutionTimeout: debugMode ? MAX_EXECUTION_TIMEOUT_MS : '5s',
    stickyQueueScheduleToStartTimeout: options.stickyQueueScheduleToStartTimeout ?? '10s',
    maxHeartbeatThrottleInterval: options.maxHeartbeatThrottleInterval ?? '60s',
    defaultHeartbeatThrottleInterval: options.defaultHeartbeatThrottleInterval ?? '30s',
  } satisfies Partial<CompiledWorkerOptions>;
}

function cacheSize({ maxCachedWorkflows }: WorkerOptions, logger: Logger): number {
  if (maxCachedWorkflows !== 1) return maxCachedWorkflows ?? defaultMaxCachedWorkflows();
  logger.warn('maxCachedWorkflows must be either 0 (ie. cache is disabled) or greater than 1. Defaulting to 2.');
  return 2;
}

/**
 * The tuner, and the number of slots that caps the default number of polls. The slots of a given tuner are not
 * predictable.
 */
function tunerOf(options: WorkerOptions, caching: boolean, logger: Logger) {
  if (options.tuner !== undefined) {
    return { tuner: compileTuner(options.tuner), slots: { workflow: Infinity, activity: Infinity, nexus: Infinity } };
  }
  let workflow = options.maxConcurrentWorkflowTaskExecutions ?? 40;
  if (caching && workflow < 2) {
    logger.warn(
      "maxConcurrentWorkflowTaskExecutions can't be lower than 2 if maxCachedWorkflows is non-zero. Defaulting to 2.",
    );
    workflow = 2;
  }
  const activity = options.maxConcurrentActivityTaskExecutions ?? 100;
  const nexus = options.maxConcurrentNexusTaskExecutions ?? 100;
  const tuner = compileTuner({
    workflowTaskSlotSupplier: fixed(workflow),
    activityTaskSlotSupplier: fixed(activity),
    localActivityTaskSlotSupplier: fixed(options.maxConcurrentLocalActivityExecutions ?? 100),
    nexusTaskSlotSupplier: fixed(nexus),
  });
  return { tuner, slots: { workflow, activity, nexus } };
}

const fixed = (numSlots: number): FixedSizeSlotSupplier => ({ type: 'fixed-size', numSlots });

function pollerBehavior(behavior: PollerBehavior | undefined, defaultMaximum: number): Required<PollerBehavior> {
  if (behavior?.type !== 'autoscaling') {
    return { type: 'simple-maximum', maximum: behavior?.maximum ?? defaultMaximum };
  }
  const minimum = behavior.minimum ?? 1;
  const maximum = behavior.maximum ?? Math.max(100, minimum);
  return {
    type: 'autoscaling',
    minimum,
    maximum,
    initial: behavior.initial ?? Math.min(Math.max(5, minimum), maximum),
  };
}

/** Registers the activities of threads as well: workflows may call them, and the worker polls for them. */
function withThreaded(activities: ActivityRegistry, threaded: Iterable<string>): ActivityRegistry {
  const all = new Map(activities);
  for (const activityType of threaded) {
    if (activities.has(activityType)) {
      throw new TypeError(`Activity ${activityType} is both in WorkerOptions.activities and in activityThreads`);
    }
    all.set(activityType, async () => {
      throw new IllegalStateError(`Activity ${activityType} runs in a thread`);
    });
  }
  return all;
}

function compileInterceptors(interceptors: WorkerInterceptors): CompiledWorkerInterceptors {
  const { client, activity = [], activityInbound = [], nexus = [], workflowModules = [] } = interceptors;
  return {
    client: { ...client, workflow: client?.workflow ?? [], schedule: client?.schedule ?? [] },
    activity: [
      ...activityInbound.map((factory) => (ctx: Parameters<typeof factory>[0]) => ({ inbound: factory(ctx) })),
      ...activity,
    ],
    nexus,
    workflowModules,
  };
}

function isSet(value: string | undefined): boolean {
  return ['1', 't', 'true'].includes(value?.toLowerCase() ?? '');
}
