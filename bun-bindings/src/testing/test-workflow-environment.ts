import type {
  AsyncCompletionClient,
  Client,
  ClientPlugin,
  Connection,
  ConnectionPlugin,
  WorkflowClient,
} from '@temporalio/client';
import type { ConnectionOptions, InternalConnectionOptions } from '@temporalio/client/lib/connection';
import { type Duration, IllegalStateError, type SearchAttributeType } from '@temporalio/common';
import type { SearchAttributeKey } from '@temporalio/common/lib/search-attributes';
import { msToNumber, msToTs, tsToMs } from '@temporalio/common/lib/time';
import type { temporal } from '@temporalio/proto';
import type { NativeConnectionOptions, NativeConnectionPlugin } from '../connection/connection-options.ts';
import { NativeConnection } from '../connection/native-connection.ts';
import { NativeEmbeddedServer } from '../native/embedded-server.ts';
import { NativeServer } from '../native/server.ts';
import { Runtime } from '../runtime/runtime.ts';
import {
  type DevServerConfig,
  isFailedDownload,
  type TimeSkippingServerConfig,
  toNativeDevServerConfig,
  toNativeTestServerConfig,
  toSearchAttributeTypeName,
} from './ephemeral-server.ts';
import { type ClientOptionsForTestEnv, newClient } from './time-skipping-client.ts';

type Plugins = (ClientPlugin | ConnectionPlugin | NativeConnectionPlugin)[];

/** Options of {@link TestWorkflowEnvironment.createLocal}. */
export interface LocalTestWorkflowEnvironmentOptions {
  server?: Omit<DevServerConfig, 'type'>;
  client?: ClientOptionsForTestEnv;
  plugins?: Plugins;
}

/** Options of {@link TestWorkflowEnvironment.createTimeSkipping}. */
export interface TimeSkippingTestWorkflowEnvironmentOptions {
  server?: Omit<TimeSkippingServerConfig, 'type'>;
  client?: ClientOptionsForTestEnv;
  plugins?: Plugins;
}

/** How the time of an embedded server goes on. */
export type EmbeddedServerTime =
  /** As on Temporal's test server: time skips while a client waits for a workflow's result, and in `sleep`. */
  | 'locked'
  /** Time skips whenever no task is waiting or out. */
  | 'unlocked'
  /** Time never skips. */
  | 'real';

/**
 * How likely an embedded server has a fault wherever it can happen, from 0 to 1. Those that are not named never happen.
 *
 * Where a task is lost, its timeout comes when the server's time gets there: on a server that skips time, at once.
 */
export interface EmbeddedServerFaults {
  /** A workflow task is handed out a second time. */
  workflowTaskTwice?: number;
  /** A workflow task times out, and its answer comes too late. The run is then replayed. */
  workflowTaskTimeout?: number;
  /** The worker loses the run from its cache, and gets the whole history with the next task. */
  stickyCacheLost?: number;
  /** The worker is told to evict the run, and asks for the history with the next task. */
  eviction?: number;
  /** A task is lost on its way to the worker. */
  pollLost?: number;
  /** The server's answer to the result of a task is lost: the worker sends the result again. */
  answerLost?: number;
  /** The result of an activity is lost, and the activity times out: its work was done, and may be done again. */
  activityResultLost?: number;
  /** An activity fails before it has begun, with an error of type `InjectedFault`. */
  activityFailure?: number;
  /** An activity times out before it has begun. */
  activityTimeout?: number;
  /** A heartbeat comes too late, and the activity times out. */
  lateHeartbeat?: number;
}

/** A task that an embedded server has handed out, or a fault that it has had. */
export interface EmbeddedServerStep {
  /** The fault. Undefined: a task was handed out. */
  fault?: keyof EmbeddedServerFaults;
  /** Where, such as `activity charge (1) of order-7, attempt 2`. */
  place: string;
}

/** Options of {@link TestWorkflowEnvironment.createEmbedded}. */
export interface EmbeddedTestWorkflowEnvironmentOptions {
  /**
   * Decides the order in which the server hands out tasks, one at a time, and which faults happen. A whole number, 0 or
   * more. Without it tasks are handed out as they come.
   */
  seed?: number;
  /** The faults that the server has. None by default. */
  faults?: EmbeddedServerFaults;
  /** The only faults that may happen, each as its name, a colon, a space and its place. Default: all. */
  onlyFaults?: string[];
  /** Whether tasks are handed out as they come in spite of a seed. @default false */
  keepsOrder?: boolean;
  server?: {
    /** The namespace that exists from the start. @default 'default' */
    namespace?: string;
    /** @default 'locked' */
    time?: EmbeddedServerTime;
    /** Search attributes to register at the start. */
    searchAttributes?: SearchAttributeKey<SearchAttributeType>[];
  };
  client?: ClientOptionsForTestEnv;
  plugins?: Plugins;
}

export type ExistingServerConnectionOptions = Pick<NativeConnectionOptions, 'apiKey' | 'metadata' | 'tls'>;

/** Options of {@link TestWorkflowEnvironment.createFromExistingServer}. */
export interface ExistingServerTestWorkflowEnvironmentOptions {
  /** @default 'localhost:7233' */
  address?: string;
  /** @default 'default' */
  namespace?: string;
  connectionOptions?: ExistingServerConnectionOptions;
  client?: ClientOptionsForTestEnv;
  plugins?: Plugins;
}

/** Whether an embedded server does what options of a time-skipping one ask for: it has no port and no arguments. */
function canBeEmbedded({ port, extraArgs = [] }: Omit<TimeSkippingServerConfig, 'type'>): boolean {
  return port === undefined && extraArgs.length === 0;
}

/** Names a Nexus endpoint, to delete it. */
export interface NexusEndpointIdentifier {
  id: string;
  version: NonNullable<temporal.api.nexus.v1.IEndpoint['version']>;
  raw: temporal.api.nexus.v1.IEndpoint;
}

interface Parts {
  options: { client?: ClientOptionsForTestEnv; plugins?: Plugins };
  /** The server. Undefined if this environment did not start it. */
  server: NativeServer | undefined;
  /** The server in this process, in the place of one at an address. */
  embeddedServer?: NativeEmbeddedServer;
  address: string;
  namespace: string | undefined;
  supportsTimeSkipping: boolean;
  /** Whether a client that waits has to unlock time. Default: where the server skips time. */
  unlocksTime?: boolean;
  connectionOptions?: ExistingServerConnectionOptions;
}

/**
 * A Temporal server for tests, with a client and a connection for workers.
 *
 * In a file of `bun test`, `useTestEnvironment()` creates one and tears it down.
 *
 * @example
 * ```ts
 * const env = await TestWorkflowEnvironment.createLocal(); const worker = await Worker.create({ connection:
 * env.nativeConnection, taskQueue: 'test', workflowsPath, activities }); await worker.runUntil(() =>
 * env.client.workflow.execute('hello', { taskQueue: 'test', workflowId: 'a' })); await env.teardown();
 * ```
 */
export class TestWorkflowEnvironment {
  /** The namespace of {@link client}. Undefined: the default one. */
  readonly namespace: string | undefined;
  /** The connection for workers. */
  readonly nativeConnection: NativeConnection;
  /** A client of the server. On a server that skips time, waiting for a workflow's result skips time. */
  readonly client: Client;
  /** `host:port` of the server; `embedded` for one in this process. */
  readonly address: string;
  /** Whether the server skips time. */
  readonly supportsTimeSkipping: boolean;
  readonly connectionOptions: ExistingServerConnectionOptions;
  readonly options: { client?: ClientOptionsForTestEnv; plugins?: Plugins };
  readonly #runtime = Runtime.instance();
  #server: NativeServer | undefined;
  #embeddedServer: NativeEmbeddedServer | undefined;
  #connection: Connection | undefined;

  /**
   * Starts a dev server, the real Temporal server in one process.
   *
   * Runs the program of `server.executable`. By default that is `temporal` on PATH, or else the Temporal CLI that fits
   * this SDK, downloaded once. Rejects if the server does not start.
   */
  static async createLocal(options: LocalTestWorkflowEnvironmentOptions = {}): Promise<TestWorkflowEnvironment> {
    const { server: config = {} } = options;
    const native = toNativeDevServerConfig(config);
    return TestWorkflowEnvironment.#withServer(
      (runtime) => NativeServer.startDev(runtime.native, runtime.queue, native),
      { options, namespace: config.namespace, supportsTimeSkipping: false },
    );
  }

  /**
   * Starts Temporal's test server, which skips time while a client waits for a workflow's result, and in {@link sleep}.
   *
   * Time is skipped for the whole server, so tests that share an environment should not run concurrently. The server
   * lacks some features of the real one. It runs the program of `server.executable`. By default that is
   * `temporal-test-server` on PATH, or else a download. Where that cannot be downloaded, the server is an embedded one, as
   * of {@link createEmbedded}, and the runtime's logger says so. A `server.port` or `server.extraArgs` keep it from that.
   * Rejects if the server does not start.
   */
  static async createTimeSkipping(
    options: TimeSkippingTestWorkflowEnvironmentOptions = {},
  ): Promise<TestWorkflowEnvironment> {
    const { server: config = {} } = options;
    const native = toNativeTestServerConfig(config);
    try {
      return await TestWorkflowEnvironment.#withServer(
        (runtime) => NativeServer.startTest(runtime.native, runtime.queue, native),
        { options, namespace: undefined, supportsTimeSkipping: true },
      );
    } catch (error) {
      if (!isFailedDownload(error) || !canBeEmbedded(config)) throw error;
      Runtime.instance().logger.warn(
        'There is no temporal-test-server, and it cannot be downloaded: using the embedded server in its place',
        { error: error.message },
      );
      return TestWorkflowEnvironment.createEmbedded({ client: options.client, plugins: options.plugins });
    }
  }

  /**
   * Creates a server inside of this process, in milliseconds, on no other program.
   *
   * Its page, `docs/embedded-server.md`, says what it serves. Calls of others fail with UNIMPLEMENTED and name the
   * call. {@link connection} is not there, as nothing listens: use {@link nativeConnection} or {@link client}.
   */
  static async createEmbedded(options: EmbeddedTestWorkflowEnvironmentOptions = {}): Promise<TestWorkflowEnvironment> {
    const { namespace, time = 'locked', searchAttributes = [] } = options.server ?? {};
    const runtime = Runtime.instance();
    const attempt = {};
    runtime.retain(attempt);
    try {
      const embeddedServer = NativeEmbeddedServer.create(runtime.native, {
        namespace,
        time,
        searchAttributes: Object.fromEntries(
          searchAttributes.map(({ name, type }) => [name, toSearchAttributeTypeName(type)]),
        ),
        seed: options.seed,
        faults: options.faults as Record<string, number> | undefined,
        onlyFaults: options.onlyFaults,
        keepsOrder: options.keepsOrder,
      });
      try {
        return await TestWorkflowEnvironment.#connect({
          options,
          server: undefined,
          embeddedServer,
          address: 'embedded',
          namespace,
          supportsTimeSkipping: time !== 'real',
          unlocksTime: time === 'locked',
        });
      } catch (error) {
        embeddedServer.free();
        throw error;
      }
    } finally {
      runtime.release(attempt);
    }
  }

  /** Uses a running server. Rejects if it does not respond. */
  static async createFromExistingServer(
    options: ExistingServerTestWorkflowEnvironmentOptions = {},
  ): Promise<TestWorkflowEnvironment> {
    const { address = 'localhost:7233', namespace = 'default', connectionOptions } = options;
    return TestWorkflowEnvironment.#connect({
      options,
      server: undefined,
      address,
      namespace,
      supportsTimeSkipping: false,
      connectionOptions,
    });
  }

  static async #withServer(
    start: (runtime: Runtime) => Promise<NativeServer>,
    parts: Pick<Parts, 'options' | 'namespace' | 'supportsTimeSkipping'>,
  ): Promise<TestWorkflowEnvironment> {
    const runtime = Runtime.instance();
    const attempt = {};
    runtime.retain(attempt);
    try {
      const server = await start(runtime);
      try {
        return await TestWorkflowEnvironment.#connect({ ...parts, server, address: server.target });
      } catch (error) {
        await server.stop(runtime.queue);
        throw error;
      }
    } finally {
      runtime.release(attempt);
    }
  }

  static async #connect(parts: Parts): Promise<TestWorkflowEnvironment> {
    const nativeConnection = await NativeConnection.connect({
      ...parts.connectionOptions,
      address: parts.address,
      embeddedServer: parts.embeddedServer,
      plugins: parts.options.plugins as NativeConnectionPlugin[] | undefined,
    });
    return new TestWorkflowEnvironment(parts, nativeConnection);
  }

  #isDown = false;

  private constructor(parts: Parts, nativeConnection: NativeConnection) {
    const { options, namespace, supportsTimeSkipping, unlocksTime = supportsTimeSkipping } = parts;
    this.options = options;
    this.#server = parts.server;
    this.#embeddedServer = parts.embeddedServer;
    this.address = parts.address;
    this.namespace = namespace;
    this.supportsTimeSkipping = supportsTimeSkipping;
    this.connectionOptions = parts.connectionOptions ?? {};
    this.nativeConnection = nativeConnection;
    // The client inherits the plugins of its connection.
    const clientOptions = { connection: nativeConnection, namespace, ...options.client };
    this.client = newClient(clientOptions, unlocksTime);
    this.#runtime.retain(this);
    process.on('exit', this.#endServer);
  }

  /** A connection of `@temporalio/client` to the server. Created on first access, as most tests never use it. */
  get connection(): Connection {
    if (this.#embeddedServer) {
      throw new IllegalStateError('An embedded server has no address: use nativeConnection in the place of connection');
    }
    if (this.#connection !== undefined) return this.#connection;
    const library = require('@temporalio/client/lib/connection') as typeof import('@temporalio/client/lib/connection');
    this.#connection = library.Connection.lazy({
      ...this.connectionOptions,
      address: this.address,
      plugins: this.options.plugins as ConnectionPlugin[] | undefined,
      [library.InternalConnectionOptionsSymbol]: { supportsTestService: this.supportsTimeSkipping },
    } as ConnectionOptions & InternalConnectionOptions);
    return this.#connection;
  }

  /** @deprecated Use `client.activity`. */
  get asyncCompletionClient(): AsyncCompletionClient {
    return this.client.activity;
  }

  /** @deprecated Use `client.workflow`. */
  get workflowClient(): WorkflowClient {
    return this.client.workflow;
  }

  /** Waits for `duration` of the server's time. A server that skips time skips it. */
  readonly sleep = async (duration: Duration): Promise<void> => {
    if (this.supportsTimeSkipping) {
      await this.nativeConnection.testService.unlockTimeSkippingWithSleep({ duration: msToTs(duration) });
    } else {
      await Bun.sleep(msToNumber(duration));
    }
  };

  /** The server's time, in ms since 1970. */
  async currentTimeMs(): Promise<number> {
    if (!this.supportsTimeSkipping) return Date.now();
    const { time } = await this.nativeConnection.testService.getCurrentTime({});
    return tsToMs(time);
  }

  /**
   * What an embedded server with a seed or with faults has handed out, and the faults that have happened, in their order.
   * Empty on other servers.
   */
  schedule(): EmbeddedServerStep[] {
    return (this.#embeddedServer?.schedule() ?? []) as EmbeddedServerStep[];
  }

  /** Creates a Nexus endpoint that routes operations to `taskQueue`. */
  async createNexusEndpoint(name: string, taskQueue: string): Promise<NexusEndpointIdentifier> {
    const { endpoint } = await this.nativeConnection.operatorService.createNexusEndpoint({
      spec: { name, target: { worker: { namespace: this.namespace ?? 'default', taskQueue } } },
    });
    if (!endpoint?.id || !endpoint.version) throw new TypeError('The server created no Nexus endpoint');
    return { id: endpoint.id, version: endpoint.version, raw: endpoint };
  }

  /** Deletes an endpoint of {@link createNexusEndpoint}. */
  async deleteNexusEndpoint({ id, version }: Pick<NexusEndpointIdentifier, 'id' | 'version'>): Promise<void> {
    await this.nativeConnection.operatorService.deleteNexusEndpoint({ id, version });
  }

  /**
   * Closes the connections, and ends the server if the environment started it. A second call does nothing.
   *
   * Rejects with an IllegalStateError if a worker still uses the connection: one that a test left running, or never
   * ran. The server has ended all the same.
   */
  async teardown(): Promise<void> {
    if (this.#isDown) return;
    this.#isDown = true;
    const connection = this.#connection;
    const server = this.#server;
    this.#connection = undefined;
    this.#server = undefined;
    try {
      await connection?.close();
      await this.nativeConnection.close();
    } finally {
      this.#embeddedServer?.free();
      await server?.stop(this.#runtime.queue);
      process.off('exit', this.#endServer);
      this.#runtime.release(this);
    }
  }

  /** Ends the server with the process, for a program that ends without {@link teardown}. */
  readonly #endServer = (): void => this.#server?.free();

  /** Calls {@link teardown}. For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.teardown();
  }
}
