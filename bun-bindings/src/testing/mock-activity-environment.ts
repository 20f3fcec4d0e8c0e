import { EventEmitter } from 'node:events';
import type { Context, Info } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import {
  ActivityCancellationDetails,
  type ActivityFunction,
  defaultFailureConverter,
  defaultPayloadConverter,
  type Logger,
  type MetricMeter,
  noopMetricMeter,
  SdkComponent,
} from '@temporalio/common';
import { LoggerWithComposedMetadata } from '@temporalio/common/lib/logger';
import { ActivityCancellation, type CancelReason } from '../activity/activity-cancellation.ts';
import { ActivityInvocation } from '../activity/activity-invocation.ts';
import { NativeConnection } from '../connection/native-connection.ts';
import type { ActivityInterceptorsFactory } from '../interceptors.ts';
import { DefaultLogger } from '../runtime/logger.ts';

export interface MockActivityEnvironmentOptions {
  interceptors?: ActivityInterceptorsFactory[];
  logger?: Logger;
  metricMeter?: MetricMeter;
  /** The client that activities get as `Context.client`. */
  client?: Client;
}

/**
 * Runs activities in a test without a worker and a server. It provides a `Context`, interceptors, and hooks to cancel
 * activities and observe their heartbeats.
 *
 * All activities of one environment share one context, so a cancellation applies to all of them.
 *
 * @example
 * ```ts
 * const env = new MockActivityEnvironment({ attempt: 2 });
 * env.on('heartbeat', (details) => seen.push(details));
 * expect(await env.run(myActivity, 'argument')).toBe('result');
 * ```
 */
export class MockActivityEnvironment extends EventEmitter<{ heartbeat: [details: unknown] }> {
  /** The context that activities see. */
  readonly context: Context;
  /** Cancels the activity, as the server would. */
  readonly cancel: (reason?: CancelReason, details?: ActivityCancellationDetails) => void;
  readonly #invocation: ActivityInvocation;

  /** @param info fields of `Context.info`. Missing fields come from {@link defaultActivityInfo}. */
  constructor(info?: Partial<Info>, options: MockActivityEnvironmentOptions = {}) {
    super();
    const { interceptors = [], logger = new DefaultLogger(), metricMeter = noopMetricMeter, client } = options;
    const activityInfo = { ...defaultActivityInfo, ...info };
    const cancellation = new ActivityCancellation();
    this.#invocation = new ActivityInvocation(
      {
        namespace: activityInfo.namespace,
        taskQueue: activityInfo.taskQueue,
        activities: new Map(),
        dataConverter: {
          payloadConverter: defaultPayloadConverter,
          failureConverter: defaultFailureConverter,
          payloadCodecs: [],
        },
        interceptors,
        logger: LoggerWithComposedMetadata.compose(logger, { sdkComponent: SdkComponent.worker }),
        debugEnabled: true,
        metricMeter,
        client: () => client,
        withCancellation: (signal, fn) => {
          const connection = client?.connection;
          if (connection instanceof NativeConnection) return connection.withCancellation(signal, fn);
          return client?.withAbortSignal(signal, fn) ?? fn();
        },
      },
      activityInfo,
      cancellation,
      (details) => this.emit('heartbeat', details),
    );
    this.context = this.#invocation.context;
    this.cancel = (reason = 'CANCELLED', details = new ActivityCancellationDetails({ cancelRequested: true })) =>
      cancellation.request(reason, details);
  }

  /** Calls `fn` in the context. Settles like `fn`. */
  async run<P extends unknown[], R, F extends ActivityFunction<P, R>>(fn: F, ...args: P): Promise<R> {
    const invocation = this.#invocation;
    const result = invocation.enter(() => invocation.run(fn as ActivityFunction, { args, headers: {} }));
    return (await result) as R;
  }
}

/** The default of `Context.info` in a {@link MockActivityEnvironment}. */
export const defaultActivityInfo: Info = {
  attempt: 1,
  taskQueue: 'test',
  isLocal: false,
  taskToken: Buffer.from('test'),
  base64TaskToken: Buffer.from('test').toString('base64'),
  activityId: 'test',
  activityType: 'unknown',
  activityRunId: undefined,
  activityNamespace: 'default',
  namespace: 'test',
  inWorkflow: true,
  workflowType: 'test',
  workflowNamespace: 'default',
  workflowExecution: { workflowId: 'test', runId: '00000000-0000-0000-0000-000000000000' },
  scheduledTimestampMs: 1,
  currentAttemptScheduledTimestampMs: 1,
  startToCloseTimeoutMs: 1000,
  scheduleToCloseTimeoutMs: 1000,
  heartbeatTimeoutMs: undefined,
  heartbeatDetails: undefined,
  priority: undefined,
  retryPolicy: undefined,
};
