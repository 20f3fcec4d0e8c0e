import { CancelledFailure, type Logger, type MetricMeter, SdkComponent } from '@temporalio/common';
import { composeInterceptors } from '@temporalio/common/lib/interceptors';
import { LoggerWithComposedMetadata } from '@temporalio/common/lib/logger';
import { MetricMeterWithComposedTags } from '@temporalio/common/lib/metrics';
import { isAbortError } from '@temporalio/common/lib/type-helpers';
import type { HandlerContext } from '@temporalio/nexus/lib/context';
import type { HandlerStartOperationResult, OperationContext } from 'nexus-rpc';
import type {
  NexusCancelOperationInput,
  NexusInboundCallsInterceptor,
  NexusOutboundCallsInterceptor,
  NexusStartOperationInput,
} from '../interceptors.ts';
import { asyncLocalStorage } from './nexus-context.ts';
import type { NexusEnvironment } from './nexus-environment.ts';
import type { Operation } from './service-registry.ts';

/**
 * One call of an operation handler in its context, through the interceptors, with a log line at its start and its end.
 */
export class NexusInvocation {
  readonly #environment: NexusEnvironment;
  readonly #context: OperationContext;
  readonly #handlerContext: HandlerContext;
  readonly #inbound: NexusInboundCallsInterceptor[] = [];
  readonly #outbound: NexusOutboundCallsInterceptor[] = [];
  readonly #logger: Logger;

  constructor(environment: NexusEnvironment, context: OperationContext, endpoint: string) {
    this.#environment = environment;
    this.#context = context;
    this.#logger = LoggerWithComposedMetadata.compose(environment.logger, () => this.logAttributes());
    const { namespace, taskQueue } = environment;
    this.#handlerContext = {
      namespace,
      taskQueue,
      endpoint,
      log: LoggerWithComposedMetadata.compose(this.#logger, { sdkComponent: SdkComponent.nexus }),
      metrics: this.#meter(),
      get client() {
        return environment.client();
      },
    };
    for (const factory of environment.interceptors) {
      const { inbound, outbound } = factory(context);
      if (inbound) this.#inbound.push(inbound);
      if (outbound) this.#outbound.push(outbound);
    }
  }

  /** Runs `fn` in the context of the handler. Calls of the client are cancelled together with the handler. */
  inContext<R>(fn: () => Promise<R>): Promise<R> {
    return asyncLocalStorage.run(this.#handlerContext, () =>
      this.#environment.withCancellation(this.#context.abortSignal, fn),
    );
  }

  /** Calls the handler to start the operation. Settles like the handler. */
  async start(operation: Operation, input: NexusStartOperationInput): Promise<HandlerStartOperationResult<unknown>> {
    const start = composeInterceptors(this.#inbound, 'startOperation', async ({ ctx, input }) => ({
      result: await this.#logged('startOperation', function callHandler() {
        return operation.start(ctx, input);
      }),
    }));
    return (await start(input)).result;
  }

  /** Calls the handler to cancel the operation. Settles like the handler. */
  async cancel(operation: Operation, input: NexusCancelOperationInput): Promise<void> {
    const cancel = composeInterceptors(this.#inbound, 'cancelOperation', async ({ ctx, token }) => {
      await this.#logged('cancelOperation', function callHandler() {
        return operation.cancel(ctx, token);
      });
    });
    await cancel(input);
  }

  /** The attributes of every log line about this call. */
  logAttributes(): Record<string, unknown> {
    return composeInterceptors(this.#outbound, 'getLogAttributes', (attributes) => attributes)(this.#attributes());
  }

  async #logged<R>(method: string, fn: () => Promise<R>): Promise<R> {
    const startedAt = performance.now();
    const outcome = () => ({ method, durationMs: Math.trunc(performance.now() - startedAt) });
    this.#logger.debug('Nexus handler started', { method });
    try {
      const result = await fn();
      this.#logger.debug('Nexus handler invocation completed', outcome());
      return result;
    } catch (error) {
      if (this.#context.abortSignal.aborted && (error instanceof CancelledFailure || isAbortError(error))) {
        this.#logger.debug('Nexus handler invocation completed as cancelled', outcome());
      } else {
        this.#logger.warn('Nexus handler invocation failed', { ...outcome(), error });
      }
      throw error;
    }
  }

  #meter(): MetricMeter {
    return MetricMeterWithComposedTags.compose(this.#environment.metricMeter, () =>
      composeInterceptors(this.#outbound, 'getMetricTags', (tags) => tags)(this.#attributes()),
    );
  }

  #attributes() {
    const { namespace, taskQueue } = this.#environment;
    const { service, operation } = this.#context;
    return { namespace, taskQueue, service, operation };
  }
}
