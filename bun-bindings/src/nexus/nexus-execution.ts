import { CancelledFailure } from '@temporalio/common';
import { encodeToPayload } from '@temporalio/common/lib/internal-non-workflow';
import { errorMessage } from '@temporalio/common/lib/type-helpers';
import { coresdk, type temporal } from '@temporalio/proto';
import { HandlerError, type OperationContext, OperationError } from 'nexus-rpc';
import { fetchStored, storeCompletion } from './external-storage.ts';
import { linkToProto } from './links.ts';
import type { NexusEnvironment } from './nexus-environment.ts';
import { handlerFailure, operationFailure } from './nexus-failures.ts';
import { NexusInvocation } from './nexus-invocation.ts';
import { operationContextOf, startContextOf } from './nexus-request.ts';
import { decodeInput } from './operation-input.ts';
import { findOperation } from './service-registry.ts';

type Completion = coresdk.nexus.INexusTaskCompletion;
type StartRequest = temporal.api.nexus.v1.IStartOperationRequest;
type StartResponse = temporal.api.nexus.v1.IStartOperationResponse;
type CancelRequest = temporal.api.nexus.v1.ICancelOperationRequest;

/** A request to start or cancel an operation, from its task to its completion. */
export class NexusExecution {
  readonly #environment: NexusEnvironment;
  readonly #task: coresdk.nexus.INexusTask;
  readonly #taskToken: Uint8Array;
  readonly #abort = new AbortController();
  #invocation: NexusInvocation | undefined;

  constructor(environment: NexusEnvironment, task: coresdk.nexus.INexusTask) {
    this.#environment = environment;
    this.#task = task;
    this.#taskToken = task.task?.taskToken ?? new Uint8Array();
  }

  /** Cancels the handler because its caller has gone or the worker shuts down. Its response still counts. */
  cancel(reason: coresdk.nexus.NexusTaskCancelReason): void {
    this.#abort.abort(new CancelledFailure(coresdk.nexus.NexusTaskCancelReason[reason]));
  }

  /** Attributes of log lines about this request. */
  logAttributes(): Record<string, unknown> {
    return this.#invocation?.logAttributes() ?? {};
  }

  /** Handles the request. Resolves with its completion; rejects only if a failure cannot be encoded. */
  async run(): Promise<Completion> {
    const completion = await this.#completion();
    try {
      await storeCompletion(completion, this.#environment.dataConverter);
      return completion;
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #completion(): Promise<Completion> {
    let context: OperationContext;
    let invocation: NexusInvocation;
    try {
      await fetchStored(this.#task, this.#environment.dataConverter);
      context = operationContextOf(this.#task, this.#abort.signal);
      const endpoint = this.#task.task?.request?.endpoint ?? '';
      invocation = this.#invocation = new NexusInvocation(this.#environment, context, endpoint);
    } catch (error) {
      return this.#failed(error);
    }
    const { startOperation, cancelOperation } = this.#task.task?.request ?? {};
    return invocation.inContext(() =>
      startOperation
        ? this.#answerStart(invocation, context, startOperation)
        : this.#answerCancel(invocation, context, cancelOperation ?? {}),
    );
  }

  async #answerStart(
    invocation: NexusInvocation,
    context: OperationContext,
    request: StartRequest,
  ): Promise<Completion> {
    const { dataConverter } = this.#environment;
    try {
      return this.#completed({ startOperation: await this.#start(invocation, context, request) });
    } catch (error) {
      if (!(error instanceof OperationError)) return this.#handlerFailed(error);
      return this.#completed({ startOperation: { failure: await operationFailure(error, dataConverter) } });
    }
  }

  async #start(invocation: NexusInvocation, context: OperationContext, request: StartRequest): Promise<StartResponse> {
    const { services, dataConverter } = this.#environment;
    const ctx = startContextOf(context, request);
    const operation = findOperation(services, ctx.service, ctx.operation);
    const input = await decodeInput(dataConverter, request.payload, operation.inputType);
    const result = await invocation.start(operation, { ctx, input });
    const links = ctx.outboundLinks.map(linkToProto);
    if (result.isAsync) return { asyncSuccess: { operationToken: result.token, links } };
    const payload = await encodeToPayload(dataConverter, result.value, undefined, operation.outputType);
    return { syncSuccess: { payload, links } };
  }

  async #answerCancel(
    invocation: NexusInvocation,
    context: OperationContext,
    { operationToken }: CancelRequest,
  ): Promise<Completion> {
    try {
      if (operationToken == null) throw new HandlerError('BAD_REQUEST', 'Request missing Operation token');
      const operation = findOperation(this.#environment.services, context.service, context.operation);
      await invocation.cancel(operation, { ctx: { ...context }, token: operationToken });
      return this.#completed({ cancelOperation: {} });
    } catch (error) {
      return this.#handlerFailed(error);
    }
  }

  #completed(completed: temporal.api.nexus.v1.IResponse): Completion {
    return { taskToken: this.#taskToken, completed };
  }

  async #handlerFailed(error: unknown): Promise<Completion> {
    return { taskToken: this.#taskToken, failure: await handlerFailure(error, this.#environment.dataConverter) };
  }

  /** Like {@link #handlerFailed}, for an error that occurred before a handler was called. */
  #failed(error: unknown): Promise<Completion> {
    this.#environment.logger.error(`Error while processing Nexus task: ${errorMessage(error)}`, {
      ...this.logAttributes(),
      error,
    });
    return this.#handlerFailed(error);
  }
}
