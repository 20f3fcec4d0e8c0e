import type { Logger } from '@temporalio/common';
import type { ActivityThreadsOptions } from '../../activity/threads/activity-threads-options.ts';
import type { WorkerInterceptors } from '../../interceptors.ts';
import type { HealthServerOptions } from './health-server-options.ts';
import type { WorkerOptions } from './worker-options.ts';

type Names<T> = Record<keyof T, true>;

/** The names of all options. The compiler tells of one that is missing here. */
const WORKER_OPTIONS: Names<WorkerOptions> = {
  connection: true,
  identity: true,
  buildId: true,
  useVersioning: true,
  workerDeploymentOptions: true,
  namespace: true,
  taskQueue: true,
  activities: true,
  activityThreads: true,
  patchActivationCallback: true,
  nexusServices: true,
  workflowsPath: true,
  workflowBundle: true,
  shutdownGraceTime: true,
  shutdownForceTime: true,
  dataConverter: true,
  tuner: true,
  maxConcurrentActivityTaskExecutions: true,
  maxConcurrentLocalActivityExecutions: true,
  maxConcurrentNexusTaskExecutions: true,
  maxConcurrentWorkflowTaskExecutions: true,
  enableNonLocalActivities: true,
  disablePayloadErrorLimit: true,
  maxActivitiesPerSecond: true,
  maxTaskQueueActivitiesPerSecond: true,
  maxEagerActivityReservationsPerWorkflowTask: true,
  nonStickyToStickyPollRatio: true,
  maxConcurrentWorkflowTaskPolls: true,
  maxConcurrentActivityTaskPolls: true,
  maxConcurrentNexusTaskPolls: true,
  workflowTaskPollerBehavior: true,
  activityTaskPollerBehavior: true,
  nexusTaskPollerBehavior: true,
  stickyQueueScheduleToStartTimeout: true,
  maxCachedWorkflows: true,
  maxCachedWorkflowsMemory: true,
  workflowThreadPoolSize: true,
  maxHeartbeatThrottleInterval: true,
  defaultHeartbeatThrottleInterval: true,
  interceptors: true,
  plugins: true,
  sinks: true,
  workflowFailureErrorTypes: true,
  enableSDKTracing: true,
  showStackTraceSources: true,
  debugMode: true,
  reuseV8Context: true,
  extendedGlobals: true,
  healthServer: true,
  bundlerOptions: true,
};

const INTERCEPTORS: Names<WorkerInterceptors> = {
  client: true,
  activity: true,
  activityInbound: true,
  nexus: true,
  workflowModules: true,
};

const ACTIVITY_THREADS: Names<ActivityThreadsOptions> = {
  activitiesPath: true,
  size: true,
  interceptorModules: true,
  dataConverterPath: true,
};

const HEALTH_SERVER: Names<HealthServerOptions> = { port: true, hostname: true };

const BUNDLER_OPTIONS: Names<NonNullable<WorkerOptions['bundlerOptions']>> = {
  ignoreModules: true,
  preloadModules: true,
  webpackConfigHook: true,
  bunPlugins: true,
};

/**
 * Warns of each option that does not exist, and names the one that is meant most likely. It is no error: code for
 * `@temporalio/worker` may carry options of its own, which that package ignores silently.
 */
export function warnOfUnknownOptions(options: WorkerOptions, logger: Logger): void {
  warn('WorkerOptions', options, WORKER_OPTIONS, logger);
  warn('WorkerOptions.interceptors', options.interceptors, INTERCEPTORS, logger);
  warn('WorkerOptions.activityThreads', options.activityThreads, ACTIVITY_THREADS, logger);
  warn('WorkerOptions.healthServer', options.healthServer, HEALTH_SERVER, logger);
  warn('WorkerOptions.bundlerOptions', options.bundlerOptions, BUNDLER_OPTIONS, logger);
}

function warn(owner: string, options: object | undefined, names: Record<string, true>, logger: Logger): void {
  for (const [field, value] of Object.entries(options ?? {})) {
    if (value === undefined || Object.hasOwn(names, field)) continue;
    const meant = nearest(field, Object.keys(names));
    const question = meant === undefined ? '' : `. Did you mean ${meant}?`;
    logger.warn(`${owner}.${field} is ignored, because there is no such option${question}`);
  }
}

/** The name that `given` is a part of, or that takes the fewest edits to get from it, if they are few for its length. */
function nearest(given: string, names: string[]): string | undefined {
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const name of names) {
    const [a, b] = [given.toLowerCase(), name.toLowerCase()];
    const edits = b.startsWith(a) ? 1 : editsBetween(a, b);
    if (edits < fewest) [best, fewest] = [name, edits];
  }
  return best;
}

/** The Levenshtein distance of two texts. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let line = 1; line <= a.length; line++) {
    const above = row;
    row = [line];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] as number) + (a[line - 1] === b[column - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[column] as number) + 1, (row[column - 1] as number) + 1));
    }
  }
  return row[b.length] as number;
}
