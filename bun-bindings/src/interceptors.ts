import type { Context as ActivityContext } from '@temporalio/activity';
import type { ClientInterceptors } from '@temporalio/client';
import type { Headers, MetricTags, Next } from '@temporalio/common';
import type * as nexus from 'nexus-rpc';

export type { Headers, Next };

/**
 * Makes the interceptors of one activity execution. Called once per execution. It may return the same object every
 * time: `Context.current()` tells which execution an interceptor runs in.
 */
export type ActivityInterceptorsFactory = (ctx: ActivityContext) => ActivityInterceptors;

/** The interceptors that an {@link ActivityInterceptorsFactory} returns. */
export interface ActivityInterceptors {
  inbound?: ActivityInboundCallsInterceptor;
  outbound?: ActivityOutboundCallsInterceptor;
}

/** Calls that go into the activity. */
export interface ActivityInboundCallsInterceptor {
  /** Wraps the activity function. Resolves with the activity's result. */
  execute?: (input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) => Promise<unknown>;
}

/** Input of {@link ActivityInboundCallsInterceptor.execute}. */
export interface ActivityExecuteInput {
  readonly args: unknown[];
  readonly headers: Headers;
}

/** Calls that come out of the activity. */
export interface ActivityOutboundCallsInterceptor {
  /** Returns the attributes of a line that the activity logs. Called for each line. */
  getLogAttributes?: (
    input: GetLogAttributesInput,
    next: Next<ActivityOutboundCallsInterceptor, 'getLogAttributes'>,
  ) => Record<string, unknown>;

  /** Returns tags for a value that the activity records with `metricMeter`. The metric's own tags take precedence. */
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
  /** Wraps the handler of a start request. Resolves with the handler's response. */
  startOperation?: (
    input: NexusStartOperationInput,
    next: Next<NexusInboundCallsInterceptor, 'startOperation'>,
  ) => Promise<NexusStartOperationOutput>;

  /** Wraps the handler of a cancel request. */
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
  /** Returns the attributes of a line that the handler logs. Called for each line. */
  getLogAttributes?: (
    input: GetLogAttributesInput,
    next: Next<NexusOutboundCallsInterceptor, 'getLogAttributes'>,
  ) => Record<string, unknown>;

  /** Returns tags for a value that the handler records with `metricMeter`. The metric's own tags take precedence. */
  getMetricTags?: (input: GetMetricTagsInput, next: Next<NexusOutboundCallsInterceptor, 'getMetricTags'>) => MetricTags;
};

/** The interceptors of a worker. Each list is called from its first entry to its last. */
export interface WorkerInterceptors {
  /** Interceptors of the client: `Context.client` in activities, `getClient()` in Nexus operation handlers. */
  client?: ClientInterceptors;

  /** Interceptors of activities. */
  activity?: ActivityInterceptorsFactory[];

  /**
   * Inbound interceptors of activities, called before those of `activity`.
   *
   * @deprecated Use {@link WorkerInterceptors.activity}.
   */
  activityInbound?: ActivityInboundCallsInterceptorFactory[];

  /** Interceptors of Nexus operation handlers. */
  nexus?: NexusInterceptorsFactory[];

  /**
   * Paths of modules that export `interceptors`, a `WorkflowInterceptorsFactory`. They are bundled with the workflows.
   * Ignored with {@link WorkerOptions.workflowBundle}: pass them to `bundleWorkflowCode` instead.
   */
  workflowModules?: string[];
}

/** {@link WorkerInterceptors} with all lists filled in. */
export type CompiledWorkerInterceptors = Required<
  Pick<WorkerInterceptors, 'client' | 'activity' | 'nexus' | 'workflowModules'>
>;
