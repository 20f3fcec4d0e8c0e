import type { Metadata } from '@temporalio/client';
import { IllegalStateError } from '@temporalio/common';
import { TransportError } from '../errors.ts';
import { type NativeCallOptions, NativeClient, type NativeClientConfig } from '../native/client.ts';
import { NativeBridgeError } from '../native/error.ts';
import { namingOption } from '../native/refused-options.ts';
import type { NativeRuntime } from '../native/runtime.ts';
import { Runtime } from '../runtime/runtime.ts';
import {
  type NativeConnectionOptions,
  type NativeConnectionPlugin,
  OPTION_OF_FIELD,
  toNativeClientConfig,
  toNativeMetadata,
} from './connection-options.ts';
import { ServiceConnection, type StartedCall, supportEagerStart } from './service-connection.ts';
import { explainTlsMismatch } from './tls-mismatch.ts';

/** gRPC's code of a call that the server does not know. */
const UNIMPLEMENTED = 12;

/** Kinds of tasks that workers poll for, as the names of methods have them. */
export type PollKind = 'Workflow' | 'Activity' | 'Nexus';

/** The task queue of polls that only find out whether the server takes any. */
export const UNUSED_TASK_QUEUE = 'temporal-bun-sdk-readiness';
/** Time for such a poll, in ms. Servers take no polls of less than 2 s, and answer a second before the time is up. */
export const TRIED_POLL_MS = 2500;
/** Codes of gRPC with which a poll ends that is not refused: it was cancelled, its time was up, or it asks for patience. */
const NOT_REFUSED = [1, 4, 8];

/**
 * A connection to a Temporal server, for workers and for the `Client` of `@temporalio/client`.
 *
 * @example
 * ```ts
 * const connection = await NativeConnection.connect({ address: 'localhost:7233' });
 * const client = new Client({ connection });
 * ```
 */
export class NativeConnection extends ServiceConnection {
  readonly #runtime: Runtime;
  #config: NativeClientConfig;
  #client: NativeClient | undefined;
  /** The native runtime of the client. */
  #clientRuntime: NativeRuntime | undefined;
  /** Clients of before, which workers may have. */
  readonly #olderClients: NativeClient[] = [];
  #connecting: Promise<NativeClient> | undefined;
  readonly #workers = new Set<object>();
  #closed = false;

  /** Connects and checks that the server responds. Rejects with a {@link TransportError} if it does not. */
  static async connect(options: NativeConnectionOptions = {}): Promise<NativeConnection> {
    const connection = NativeConnection.lazy(options);
    try {
      await connection.ensureConnected();
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  /**
   * Creates a connection that connects at its first use, by a call or by a worker. If that fails, the next use tries
   * again.
   */
  static lazy(options: NativeConnectionOptions = {}): NativeConnection {
    let configured = options;
    for (const plugin of options.plugins ?? [])
      configured = plugin.configureNativeConnection?.(configured) ?? configured;
    const runtime = Runtime.instance();
    if (configured.apiKey && !configured.tls && configured.tls !== undefined) {
      runtime.logger.warn(
        `The API key for ${configured.address ?? 'localhost'} is sent without encryption, because tls is off. Set tls to ` +
          'true unless the connection is safe otherwise.',
      );
    }
    return new NativeConnection(runtime, toNativeClientConfig(configured), configured.plugins ?? []);
  }

  /** @deprecated Use {@link connect}. */
  static async create(options?: NativeConnectionOptions): Promise<NativeConnection> {
    return NativeConnection.connect(options);
  }

  private constructor(
    runtime: Runtime,
    config: NativeClientConfig,
    readonly plugins: NativeConnectionPlugin[],
  ) {
    super();
    this.#runtime = runtime;
    this.#config = config;
    runtime.retain(this);
    supportEagerStart(this);
  }

  /** @internal The native side of the connection. Throws an IllegalStateError before it is connected. */
  get nativeClient(): NativeClient {
    if (this.#client === undefined) {
      throw new IllegalStateError('The connection is not connected yet: await ensureConnected()');
    }
    return this.#client;
  }

  /** Connects unless it is connected. Rejects with a {@link TransportError} if the server does not respond. */
  async ensureConnected(): Promise<void> {
    await this.#connected();
  }

  /** Replaces the metadata of all later calls, including those of workers. */
  async setMetadata(metadata: Metadata): Promise<void> {
    const nativeMetadata = toNativeMetadata(metadata);
    await this.#connected();
    for (const client of this.#clients()) client.updateMetadata(nativeMetadata);
    this.#config = { ...this.#config, ...nativeMetadata };
  }

  /** Replaces the API key of all later calls, including those of workers. */
  async setApiKey(apiKey: string): Promise<void> {
    await this.#connected();
    for (const client of this.#clients()) client.updateApiKey(apiKey);
    this.#config = { ...this.#config, apiKey };
  }

  /**
   * @internal Opens a separate connection to the same server that reports another version of the SDK. The caller frees
   * it. A worker reports the version of the connection that it was created with, even if it switches to another one
   * later.
   */
  connectAs(clientVersion: string): Promise<NativeClient> {
    return this.#connectWith({ ...this.#config, clientVersion });
  }

  /**
   * @internal Connects anew if the runtime has begun to serve metrics since it connected, so that they tell of its calls.
   * Workers and calls that have the old client keep it.
   */
  async followRuntime(): Promise<void> {
    if (this.#client === undefined || this.#clientRuntime === this.#runtime.native) return;
    this.#olderClients.push(this.#client);
    await this.#connect();
  }

  /** @internal The URL of the server; `embedded` for one in this process. */
  get address(): string {
    return this.#config.target ?? 'embedded';
  }

  /**
   * @internal Asks the server for a namespace, as a worker does when it starts. Resolves once it has answered; a server
   * that does not know the call has answered as well.
   *
   * Rejects if the server does not answer in time, or refuses.
   */
  async askForNamespace(namespace: string, timeoutMs: number): Promise<void> {
    // Not imported: a bundler would keep the names that it has then for 'protobufjs/light' too, which adds to the same object.
    const { Writer } = require('protobufjs/minimal') as typeof import('protobufjs/minimal');
    // Written without the generated messages, which take long to load: field 1, a string.
    const request = Writer.create().uint32(0x0a).string(namespace).finish();
    const method = 'temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';
    try {
      await this.nativeClient.call(this.#runtime.queue, method, request, { timeoutMs, retry: false }).result;
    } catch (error) {
      if (error instanceof NativeBridgeError && error.details.grpcCode === UNIMPLEMENTED) return;
      throw error;
    }
  }

  /**
   * @internal Polls once for tasks of a kind, from a task queue that nobody uses. The server answers with no task after some
   * 1.5 s, or at once with an error if it refuses polls of this connection: `refusal` is that error, or undefined.
   */
  tryPoll(kind: PollKind, namespace: string, identity = ''): { refusal: Promise<Error | undefined>; cancel(): void } {
    const { Writer } = require('protobufjs/minimal') as typeof import('protobufjs/minimal');
    // Written without the generated messages, as above. Requests for Nexus tasks have their fields in another order.
    const [taskQueue, identified] = kind === 'Nexus' ? [3, 2] : [2, 3];
    const request = Writer.create().uint32(0x0a).string(namespace);
    request
      .uint32((taskQueue << 3) | 2)
      .fork()
      .uint32(0x0a)
      .string(UNUSED_TASK_QUEUE)
      .ldelim()
      .uint32((identified << 3) | 2)
      .string(identity);
    const method = `temporal.api.workflowservice.v1.WorkflowService/Poll${kind}TaskQueue`;
    const options = { timeoutMs: TRIED_POLL_MS, retry: false };
    const call = this.nativeClient.call(this.#runtime.queue, method, request.finish(), options);
    const refusal = call.result.then(
      () => undefined,
      (error) =>
        error instanceof NativeBridgeError && !NOT_REFUSED.includes(Number(error.details.grpcCode)) ? error : undefined,
    );
    return { refusal, cancel: call.cancel };
  }

  /** @internal Resolves when a native thread has answered. The server is not asked. */
  async nativeThreadsAnswer(): Promise<void> {
    // No service has this method, and a native thread is where that is found out.
    const call = this.nativeClient.call(this.#runtime.queue, 'temporal.bun.Threads/Answer', new Uint8Array());
    await call.result.catch(() => undefined);
  }

  /** @internal Starts a call, once the connection is connected. */
  override startCall(
    method: string,
    request: Uint8Array,
    options: NativeCallOptions,
  ): StartedCall | Promise<StartedCall> {
    const call = (client: NativeClient) => client.call(this.#runtime.queue, method, request, options);
    return this.#client === undefined ? this.#connected().then(call) : call(this.#client);
  }

  /** @internal Registers a user of this connection. It cannot be closed until the user is {@link release}d. */
  retain(worker: object): void {
    this.#workers.add(worker);
  }

  /** @internal Unregisters a user of this connection. */
  release(worker: object): void {
    this.#workers.delete(worker);
  }

  /** Closes the connection. Throws an IllegalStateError while a worker uses it, and if it is closed already. */
  async close(): Promise<void> {
    if (this.#workers.size > 0) {
      throw new IllegalStateError('Cannot close connection while Workers hold a reference to it');
    }
    if (this.#closed) throw new IllegalStateError('Client already closed');
    this.#closed = true;
    for (const client of this.#clients()) client.free();
    this.#runtime.release(this);
  }

  async #connected(): Promise<NativeClient> {
    if (this.#client !== undefined) return this.#client;
    if (this.#closed) throw new NativeBridgeError('closed', 'the connection is closed');
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<NativeClient> {
    const runtime = this.#runtime.native;
    const client = await this.#connectWith(this.#config);
    if (this.#closed) client.free();
    else this.#client = client;
    this.#clientRuntime = runtime;
    return client;
  }

  #clients(): NativeClient[] {
    return this.#client === undefined ? [] : [this.#client, ...this.#olderClients];
  }

  async #connectWith(config: NativeClientConfig): Promise<NativeClient> {
    const { native, queue } = this.#runtime;
    try {
      return await NativeClient.connect(native, queue, config).result;
    } catch (error) {
      if (error instanceof NativeBridgeError && error.code === 'connect_failed') {
        const target = this.address;
        const { httpConnectProxy } = this.#config;
        const mismatch = httpConnectProxy ? undefined : await explainTlsMismatch(target, error.message);
        const advice = mismatch === undefined ? '' : `. ${mismatch}`;
        throw new TransportError(`Failed to connect to ${target}: ${error.message}${advice}`, { cause: error });
      }
      throw namingOption(error, OPTION_OF_FIELD);
    }
  }
}
