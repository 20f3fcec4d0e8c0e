import type { Context as ActivityContext } from '@temporalio/activity';
import type { ClientInterceptors } from '@temporalio/client';
import type { Headers, MetricTags, Next } from '@temporalio/common';
import type * as nexus from 'nexus-rpc';

export type { Headers, Next };

/**
 * Makes the interceptors of one activity execution. It is called once for each execution; returning the same object
 * every time is fine, `Context.current()` tells the executions apart.
 */
export type ActivityInterceptorsFactory = (ctx: ActivityContext) => ActivityInterceptors;

/** The interceptors that an {@link ActivityInterceptorsFactory} returns. */
export interface ActivityInterceptors {
  inbound?: ActivityInboundCallsInterceptor;
  outbound?: ActivityOutboundCallsInterceptor;
}

/** Calls that go into the activity. */
export interface ActivityInboundCallsInterceptor {
  /** Around the activity function. Resolves with the activity's result. */
  execute?: (input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) => Promise<unknown>;
}

/** Input of {@link ActivityInboundCallsInterceptor.execute}. */
export interface ActivityExecuteInput {
  readonly args: unknown[];
  readonly headers: Headers;
}

/** Calls that come out of the activity. */
export interface ActivityOutboundCallsInterceptor {
  /** For each line that the activity logs: returns the attributes to attach to it. */
  getLogAttributes?: (
    input: GetLogAttributesInput,
    next: Next<ActivityOutboundCallsInterceptor, 'getLogAttributes'>,
  ) => Record<string, unknown>;

  /** For each value that the activity records with `metricMeter`: returns the tags that come before the metric's own. */
  getMetricTags?: (
    input: GetMetricTagsInput,
    next: Next<ActivityOutboundCallsInterceptor, 'getMetricTags'>,
  ) => MetricTags;
}

/** Input of {@link ActivityOutboundCallsInterceptor.getLogAttributes} and of Nexus' own. */
export type GetLogAttributesInput = Record<string, unknown>;

/** Input of {@link ActivityOutboundCallsInterceptor.getMetricTags} and of Nexus' own. */
export type GetMetricTagsInput = MetricTags;

/** @deprecated Use {@link ActivityInterceptorsFactory}. */
export type ActivityInboundCallsInterceptorFactory = (ctx: ActivityContext) => ActivityInboundCallsInterceptor;

/** Makes the interceptors of one Nexus operation execution. */
export type NexusInterceptorsFactory = (ctx: nexus.OperationContext) => NexusInterceptors;

/** The interceptors that a {@link NexusInterceptorsFactory} returns. */
export type NexusInterceptors = {
  inbound?: NexusInboundCallsInterceptor;
  outbound?: NexusOutboundCallsInterceptor;
};

/** Calls that go into a Nexus operation handler. */
export type NexusInboundCallsInterceptor = {
  /** Around the handler of a request to start an operation. Resolves with what the handler answers. */
  startOperation?: (
    input: NexusStartOperationInput,
    next: Next<NexusInboundCallsInterceptor, 'startOperation'>,
  ) => Promise<NexusStartOperationOutput>;

  /** Around the handler of a request to cancel an operation. */
  cancelOperation?: (
    input: NexusCancelOperationInput,
    next: Next<NexusInboundCallsInterceptor, 'cancelOperation'>,
  ) => Promise<void>;
};

/** Input of {@link NexusInboundCallsInterceptor.startOperation}. */
export interface NexusStartOperationInput {
  readonly ctx: nexus.StartOperationContext;
  readonly input: unknown;
}

/** Output of {@link NexusInboundCallsInterceptor.startOperation}. */
export interface NexusStartOperationOutput {
  readonly result: nexus.HandlerStartOperationResult<unknown>;
}

/** Input of {@link NexusInboundCallsInterceptor.cancelOperation}. */
export interface NexusCancelOperationInput {
  readonly ctx: nexus.CancelOperationContext;
  readonly token: string;
}

/** Calls that come out of a Nexus operation handler. */
export type NexusOutboundCallsInterceptor = {
  /** For each line that the handler logs: returns the attributes to attach to it. */
  getLogAttributes?: (
    input: GetLogAttributesInput,
    next: Next<NexusOutboundCallsInterceptor, 'getLogAttributes'>,
  ) => Record<string, unknown>;

  /** For each value that the handler records with `metricMeter`: returns the tags that come before the metric's own. */
  getMetricTags?: (input: GetMetricTagsInput, next: Next<NexusOutboundCallsInterceptor, 'getMetricTags'>) => MetricTags;
};

/** The interceptors of a worker. Each list is called from its first entry to its last. */
export interface WorkerInterceptors {
  /** For the client that activities get from `Context.client`, and Nexus operation handlers from `getClient()`. */
  client?: ClientInterceptors;

  /** For activities. */
  activity?: ActivityInterceptorsFactory[];

  /**
   * For activities, inbound only; called before the inbound interceptors of `activity`.
   *
   * @deprecated Use {@link WorkerInterceptors.activity}.
   */
  activityInbound?: ActivityInboundCallsInterceptorFactory[];

  /** For Nexus operation handlers. */
  nexus?: NexusInterceptorsFactory[];

  /**
   * Paths of modules that export `interceptors`, a `WorkflowInterceptorsFactory`. They are bundled with the workflows and
   * run beside them. Not used with {@link WorkerOptions.workflowBundle}: give them to `bundleWorkflowCode` then.
   */
  workflowModules?: string[];
}

/** {@link WorkerInterceptors} with every list present. */
export type CompiledWorkerInterceptors = Required<
  Pick<WorkerInterceptors, 'client' | 'activity' | 'nexus' | 'workflowModules'>
>;
