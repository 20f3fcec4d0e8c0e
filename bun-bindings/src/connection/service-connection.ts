import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  CallContext,
  HealthService,
  Metadata,
  OperatorService,
  TestService,
  WorkflowService,
} from '@temporalio/client';
import type { Method, RPCImpl, RPCImplCallback, rpc } from 'protobufjs';
import type { NativeCallOptions } from '../native/client.ts';
import { NativeBridgeError } from '../native/error.ts';
import { MAX_TIMER_MS } from '../timers.ts';
import { clientIsLoaded } from './client-library.ts';
import { toNativeMetadata } from './connection-options.ts';
import { messageLibrary } from './message-library.ts';
import { toServiceError } from './service-error.ts';
import { newService, type ServiceClass } from './service-methods.ts';

interface ConnectionCallContext extends CallContext {
  /** Cancels the calls that are in progress when it aborts, but no later ones. */
  cancellationSignal?: AbortSignal;
}

/** A call that is under way. */
export interface StartedCall {
  /** Resolves with the encoded response. Rejects with a {@link NativeBridgeError} if the call fails or is cancelled. */
  readonly result: Promise<Uint8Array>;
  readonly cancel: () => void;
}

/**
 * The part of a connection that the services of a `Client` call: it gives calls the deadline, the metadata and the signals that are
 * set where they are made. How they reach the server is left to others.
 */
export abstract class ServiceConnection {
  readonly callContextStorage = new AsyncLocalStorage<ConnectionCallContext>();
  readonly #services = new Map<string, rpc.Service>();

  get workflowService(): WorkflowService {
    return this.#service('temporal.api.workflowservice.v1.WorkflowService', (proto) => {
      return proto.temporal.api.workflowservice.v1.WorkflowService;
    });
  }

  get operatorService(): OperatorService {
    return this.#service('temporal.api.operatorservice.v1.OperatorService', (proto) => {
      return proto.temporal.api.operatorservice.v1.OperatorService;
    });
  }

  get healthService(): HealthService {
    return this.#service('grpc.health.v1.Health', (proto) => proto.grpc.health.v1.Health);
  }

  /** Only a test server has this service. */
  get testService(): TestService {
    return this.#service('temporal.api.testservice.v1.TestService', (proto) => {
      return proto.temporal.api.testservice.v1.TestService;
    });
  }

  /** Runs `fn`. Its calls fail with DEADLINE_EXCEEDED after `deadline`, a date or ms since 1970. */
  async withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R> {
    return await this.#within({ deadline }, fn);
  }

  /** Runs `fn`. Its calls carry this metadata in addition. */
  async withMetadata<R>(metadata: Metadata, fn: () => Promise<R>): Promise<R> {
    const outer = this.callContextStorage.getStore()?.metadata;
    return await this.#within({ metadata: { ...outer, ...metadata } }, fn);
  }

  /** Runs `fn`. Its calls fail with CANCELLED when the signal aborts. */
  async withAbortSignal<R>(abortSignal: AbortSignal, fn: () => Promise<R>): Promise<R> {
    return await this.#within({ abortSignal }, fn);
  }

  /** @internal Runs `fn`. Calls in progress fail with CANCELLED when the signal aborts; later calls do not. */
  async withCancellation<R>(cancellationSignal: AbortSignal, fn: () => Promise<R>): Promise<R> {
    return await this.#within({ cancellationSignal }, fn);
  }

  /** @internal Starts a call of a method by its full name, `package.Service/Method`. */
  abstract startCall(
    method: string,
    request: Uint8Array,
    options: NativeCallOptions,
  ): StartedCall | Promise<StartedCall>;

  #within<R>(context: ConnectionCallContext, fn: () => Promise<R>): Promise<R> {
    return this.callContextStorage.run({ ...this.callContextStorage.getStore(), ...context }, fn);
  }

  /** Loads the service messages on demand: they take long to load, and a worker alone does not need them. */
  #service<S extends rpc.Service>(
    name: string,
    pick: (proto: typeof import('@temporalio/proto')) => ServiceClass<S>,
  ): S {
    let service = this.#services.get(name);
    if (service === undefined) {
      supportEagerStart(this);
      const rpcImpl: RPCImpl = (method, request, callback) => this.#call(name, method as Method, request, callback);
      service = newService(pick(messageLibrary()), rpcImpl);
      this.#services.set(name, service);
    }
    return service as S;
  }

  #call(service: string, method: Method, request: Uint8Array, callback: RPCImplCallback): void {
    this.#send(`${service}/${method.name}`, request, this.callContextStorage.getStore() ?? {}).then(
      (response) => callback(null, response),
      (error) => callback(error instanceof NativeBridgeError ? toServiceError(error) : error),
    );
  }

  async #send(
    method: string,
    request: Uint8Array,
    { deadline, metadata, abortSignal, cancellationSignal }: ConnectionCallContext,
  ): Promise<Uint8Array> {
    if (abortSignal?.aborted) throw new NativeBridgeError('cancelled', 'the call was aborted before it was made');
    const starting = this.startCall(method, request, {
      ...toNativeMetadata((metadata ?? {}) as Metadata),
      timeoutMs: deadline === undefined ? undefined : timeoutUntil(deadline),
    });
    const call = starting instanceof Promise ? await starting : starting;
    const signals = [abortSignal, cancellationSignal].filter((signal) => signal !== undefined);
    for (const signal of signals) signal.addEventListener('abort', call.cancel, { once: true });
    try {
      return await call.result;
    } finally {
      for (const signal of signals) signal.removeEventListener('abort', call.cancel);
    }
  }
}

function timeoutUntil(deadline: number | Date): number | undefined {
  const timeout = Math.ceil(Number(deadline) - Date.now());
  // A deadline that far away counts as none.
  return timeout > MAX_TIMER_MS ? undefined : Math.max(timeout, 0);
}

/**
 * Marks the connection for eager workflow starts on a worker of this process. The key is a symbol of the client's
 * library. That library takes long to load, so the mark is set only if the program has loaded it.
 */
export function supportEagerStart(connection: ServiceConnection): void {
  if (!clientIsLoaded()) return;
  const { InternalConnectionLikeSymbol } =
    require('@temporalio/client/lib/types') as typeof import('@temporalio/client');
  Object.defineProperty(connection, InternalConnectionLikeSymbol, {
    value: { supportsEagerStart: true },
    configurable: true,
  });
}
