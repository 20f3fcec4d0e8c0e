import { asyncLocalStorage, CompleteAsyncError, type Context, type Info } from '@temporalio/activity';
import {
  type ActivityFunction,
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  type Logger,
  type LogMetadata,
  type MetricMeter,
  type MetricTags,
  SdkComponent,
} from '@temporalio/common';
import { composeInterceptors } from '@temporalio/common/lib/interceptors';
import { LoggerWithComposedMetadata } from '@temporalio/common/lib/logger';
import { MetricMeterWithComposedTags } from '@temporalio/common/lib/metrics';
import { isAbortError } from '@temporalio/common/lib/type-helpers';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityOutboundCallsInterceptor,
} from '../interceptors.ts';
import type { ActivityCancellation } from './activity-cancellation.ts';
import { WorkerActivityContext } from './activity-context.ts';
import type { ActivityEnvironment } from './activity-environment.ts';
import { activityLogAttributes } from './activity-info.ts';
import { completeEngine } from './complete-engine.ts';

/**
 * One call of an activity function in its context, through the interceptors, with a log line at its start and its end.
 */
export class ActivityInvocation {
  readonly context: Context;
  readonly #inbound: ActivityInboundCallsInterceptor[] = [];
  readonly #outbound: ActivityOutboundCallsInterceptor[] = [];
  readonly #environment: ActivityEnvironment;
  readonly #logger: Logger;

  constructor(
    environment: ActivityEnvironment,
    readonly info: Info,
    cancellation: ActivityCancellation,
    heartbeat: (details?: unknown) => void,
  ) {
    completeEngine();
    this.#environment = environment;
    this.#logger = LoggerWithComposedMetadata.compose(environment.logger, () => this.#logAttributes());
    this.context = new WorkerActivityContext({
      info,
      cancellation,
      heartbeat,
      client: environment.client,
      logger: LoggerWithComposedMetadata.compose(this.#logger, { sdkComponent: SdkComponent.activity }),
      metricMeter: this.#meter(environment.metricMeter),
    });
    for (const factory of environment.interceptors) {
      const { inbound, outbound } = factory(this.context);
      if (inbound) this.#inbound.push(inbound);
      if (outbound) this.#outbound.push(outbound);
    }
  }

  /** Calls `fn` with the context as `Context.current()`. */
  enter<R>(fn: () => R): R {
    return asyncLocalStorage.run(this.context, fn);
  }

  /** Calls the activity `fn` in the entered context. Settles like `fn`. */
  run(fn: ActivityFunction, input: ActivityExecuteInput): Promise<unknown> {
    return this.#environment.withCancellation(this.context.cancellationSignal, () => this.#execute(fn, input));
  }

  async #execute(fn: ActivityFunction, input: ActivityExecuteInput): Promise<unknown> {
    const startedAt = performance.now();
    const durationMs = () => Math.trunc(performance.now() - startedAt);
    this.#debug('Activity started');
    try {
      // Its name ends the stack traces of failures.
      const execute = composeInterceptors(this.#inbound, 'execute', async function callActivity({ args }) {
        return fn(...args);
      });
      const result = await execute(input);
      this.#debug('Activity completed', { durationMs: durationMs() });
      return result;
    } catch (error) {
      this.#logEnd(error, durationMs());
      throw error;
    }
  }

  #logEnd(error: unknown, durationMs: number): void {
    if (this.context.cancellationSignal.aborted && (error instanceof CancelledFailure || isAbortError(error))) {
      this.#debug(this.#cancellationMessage(), { durationMs });
    } else if (error instanceof CompleteAsyncError) {
      this.#debug('Activity will complete asynchronously', { durationMs });
    } else if (error instanceof ApplicationFailure && error.category === ApplicationFailureCategory.BENIGN) {
      this.#debug('Activity failed', { error, durationMs });
    } else {
      this.#logger.warn('Activity failed', { error, durationMs });
    }
  }

  /** Logs a line, unless DEBUG lines are dropped anyway: computing the attributes calls interceptors. */
  #debug(message: string, meta?: LogMetadata): void {
    if (this.#environment.debugEnabled) this.#logger.debug(message, meta);
  }

  #cancellationMessage(): string {
    const details = this.context.cancellationDetails;
    if (details?.cancelRequested) return 'Activity completed as cancelled';
    if (details?.reset) return 'Activity reset';
    if (details?.paused) return 'Activity paused';
    return 'Activity completed as cancelled';
  }

  #logAttributes(): Record<string, unknown> {
    return composeInterceptors(
      this.#outbound,
      'getLogAttributes',
      (attributes) => attributes,
    )(activityLogAttributes(this.info));
  }

  #meter(parent: MetricMeter): MetricMeter {
    const { namespace, taskQueue, activityType } = this.info;
    const tags: MetricTags = { namespace, taskQueue, activityType };
    return MetricMeterWithComposedTags.compose(parent, () =>
      composeInterceptors(this.#outbound, 'getMetricTags', (input) => input)(tags),
    );
  }
}
