import { NativeConnection } from '../../connection/native-connection.ts';
import { checkOptions, checks } from '../../option-checks.ts';
import { isCodeBundle, isPathBundle } from '../../workflow/bundling/bundle-option.ts';
import { embeddedIn } from '../../workflow/bundling/embedded-bundle.ts';
import type { PollerBehavior } from './poller-behavior.ts';
import type { WorkerOptions } from './worker-options.ts';

const FIELDS = {
  taskQueue: checks.text,
  namespace: checks.text,
  identity: checks.text,
  buildId: checks.text,
  useVersioning: checks.boolean,
  workerDeploymentOptions: checks.object,
  activities: checks.object,
  activityThreads: checks.object,
  nexusServices: checks.array,
  workflowsPath: checks.text,
  workflowBundle: checks.object,
  dataConverter: checks.object,
  tuner: checks.object,
  interceptors: checks.object,
  plugins: checks.plugins,
  sinks: checks.object,
  bundlerOptions: checks.object,
  workflowFailureErrorTypes: checks.object,
  shutdownGraceTime: checks.duration,
  shutdownForceTime: checks.duration,
  stickyQueueScheduleToStartTimeout: checks.duration,
  maxHeartbeatThrottleInterval: checks.duration,
  defaultHeartbeatThrottleInterval: checks.duration,
  maxConcurrentActivityTaskExecutions: checks.positiveInteger,
  maxConcurrentLocalActivityExecutions: checks.positiveInteger,
  maxConcurrentWorkflowTaskExecutions: checks.positiveInteger,
  maxConcurrentNexusTaskExecutions: checks.positiveInteger,
  maxConcurrentActivityTaskPolls: checks.positiveInteger,
  maxConcurrentWorkflowTaskPolls: checks.positiveInteger,
  maxConcurrentNexusTaskPolls: checks.positiveInteger,
  workflowTaskPollerBehavior: checks.object,
  activityTaskPollerBehavior: checks.object,
  nexusTaskPollerBehavior: checks.object,
  workflowThreadPoolSize: checks.positiveInteger,
  maxCachedWorkflows: checks.nonNegativeInteger,
  maxCachedWorkflowsMemory: checks.memorySize,
  maxEagerActivityReservationsPerWorkflowTask: checks.nonNegativeInteger,
  maxActivitiesPerSecond: checks.positiveNumber,
  maxTaskQueueActivitiesPerSecond: checks.positiveNumber,
  nonStickyToStickyPollRatio: checks.share,
  enableNonLocalActivities: checks.boolean,
  disablePayloadErrorLimit: checks.boolean,
  showStackTraceSources: checks.boolean,
  debugMode: checks.boolean,
  reuseV8Context: checks.boolean,
  extendedGlobals: checks.boolean,
  patchActivationCallback: checks.function,
  healthServer: checks.object,
} satisfies Partial<Record<keyof WorkerOptions, unknown>>;

const INTERCEPTOR_FIELDS = {
  client: checks.object,
  activity: checks.functions,
  activityInbound: checks.functions,
  nexus: checks.functions,
  workflowModules: checks.strings,
};

const POLLER_FIELDS = {
  minimum: checks.positiveInteger,
  maximum: checks.positiveInteger,
  initial: checks.positiveInteger,
};

/**
 * Throws a TypeError if the options cannot be passed to plugins. All other checks wait: plugins may change the options.
 */
export function checkBeforePlugins(options: WorkerOptions): void {
  const { connection } = options;
  if (connection !== undefined && !(connection instanceof NativeConnection)) {
    throw new TypeError('WorkerOptions.connection must be a NativeConnection');
  }
  checkOptions('WorkerOptions', options, { plugins: checks.plugins });
}

/** Throws a TypeError that names the first option that is missing, wrong, or in conflict with another option. */
export function checkWorkerOptions(options: WorkerOptions): void {
  if (!options.taskQueue) throw new TypeError('Task queue name is required');
  checkOptions('WorkerOptions', options, FIELDS);
  checkOptions('WorkerOptions.interceptors', options.interceptors ?? {}, INTERCEPTOR_FIELDS);
  checkOptions('WorkerOptions.bundlerOptions', options.bundlerOptions ?? {}, {
    ignoreModules: checks.strings,
    preloadModules: checks.strings,
    webpackConfigHook: checks.function,
    bunPlugins: checks.array,
  });
  checkOptions('WorkerOptions.dataConverter', options.dataConverter ?? {}, { payloadCodecs: checks.array });
  checkHealthServer(options);
  checkActivityThreads(options);
  checkFailureErrorTypes(options);
  checkSinks(options);
  checkPoller('workflowTaskPollerBehavior', options.workflowTaskPollerBehavior);
  checkPoller('activityTaskPollerBehavior', options.activityTaskPollerBehavior);
  checkPoller('nexusTaskPollerBehavior', options.nexusTaskPollerBehavior);
  checkBundle(options);
  checkVersioning(options);
  checkTunerConflicts(options);
}

/** Throws a TypeError that names the first option of activity threads that is missing or wrong. */
export function checkActivityThreads({ activityThreads }: WorkerOptions): void {
  if (activityThreads === undefined) return;
  checkOptions('WorkerOptions', { activityThreads }, { activityThreads: checks.object });
  // A missing path is wrong, too.
  const given = { ...activityThreads, activitiesPath: activityThreads.activitiesPath ?? null };
  checkOptions('WorkerOptions.activityThreads', given, {
    activitiesPath: checks.text,
    size: checks.positiveInteger,
    interceptorModules: checks.strings,
    dataConverterPath: checks.text,
  });
}

function checkHealthServer({ healthServer }: WorkerOptions): void {
  if (healthServer === undefined) return;
  // A missing port is wrong, too.
  const given = { ...healthServer, port: healthServer.port ?? null };
  checkOptions('WorkerOptions.healthServer', given, { port: checks.port, hostname: checks.text });
}

function checkFailureErrorTypes({ workflowFailureErrorTypes }: WorkerOptions): void {
  if (workflowFailureErrorTypes === undefined) return;
  const fields = Object.fromEntries(Object.keys(workflowFailureErrorTypes).map((type) => [type, checks.strings]));
  checkOptions('WorkerOptions.workflowFailureErrorTypes', workflowFailureErrorTypes, fields);
}

function checkSinks({ sinks = {} }: WorkerOptions): void {
  for (const [name, functions] of Object.entries(sinks)) {
    checkOptions('WorkerOptions.sinks', sinks, { [name]: checks.object });
    for (const [key, sinkFunction] of Object.entries(functions)) {
      if (typeof sinkFunction?.fn === 'function') continue;
      throw new TypeError(`WorkerOptions.sinks.${name}.${key} must have fn, a function`);
    }
  }
}

function checkPoller(field: string, behavior: PollerBehavior | undefined): void {
  if (behavior === undefined) return;
  const owner = `WorkerOptions.${field}`;
  if (behavior.type !== 'simple-maximum' && behavior.type !== 'autoscaling') {
    throw new TypeError(`${owner}.type must be 'simple-maximum' or 'autoscaling'`);
  }
  checkOptions(owner, behavior, POLLER_FIELDS);
  if (behavior.type === 'simple-maximum') return;
  const { minimum = 1, maximum = Infinity, initial } = behavior;
  if (minimum > maximum) throw new TypeError(`${owner}.minimum (${minimum}) must not exceed its maximum (${maximum})`);
  if (initial !== undefined && (initial < minimum || initial > maximum)) {
    throw new TypeError(`${owner}.initial (${initial}) must be between its minimum and its maximum`);
  }
}

function checkBundle({ workflowBundle }: WorkerOptions): void {
  if (workflowBundle === undefined || embeddedIn(workflowBundle) !== undefined) return;
  if (isCodeBundle(workflowBundle) || isPathBundle(workflowBundle)) return;
  throw new TypeError('WorkerOptions.workflowBundle must have either code (a string) or codePath (the path of a file)');
}

function checkVersioning({ useVersioning, buildId, workerDeploymentOptions }: WorkerOptions): void {
  if (useVersioning && !buildId) throw new TypeError('Must provide a buildId if useVersioning is true');
  if (workerDeploymentOptions === undefined) return;
  if (buildId !== undefined || useVersioning) {
    throw new TypeError('Cannot set both workerDeploymentOptions and buildId or useVersioning');
  }
  const owner = 'WorkerOptions.workerDeploymentOptions';
  const { version, useWorkerVersioning, defaultVersioningBehavior } = workerDeploymentOptions;
  if (!isText(version?.deploymentName) || !isText(version.buildId)) {
    throw new TypeError(`${owner}.version must have a deploymentName and a buildId`);
  }
  checkOptions(owner, { useWorkerVersioning: useWorkerVersioning ?? null }, { useWorkerVersioning: checks.boolean });
  if (!useWorkerVersioning) return;
  if (defaultVersioningBehavior !== 'PINNED' && defaultVersioningBehavior !== 'AUTO_UPGRADE') {
    throw new TypeError(
      `${owner}.defaultVersioningBehavior must be 'PINNED' or 'AUTO_UPGRADE' if useWorkerVersioning is true`,
    );
  }
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';

function checkTunerConflicts(options: WorkerOptions): void {
  if (options.tuner === undefined) return;
  const fields = [
    'maxConcurrentActivityTaskExecutions',
    'maxConcurrentLocalActivityExecutions',
    'maxConcurrentWorkflowTaskExecutions',
    'maxConcurrentNexusTaskExecutions',
  ] as const;
  for (const field of fields) {
    if (options[field] !== undefined) throw new TypeError(`Cannot set both tuner and ${field}`);
  }
}
