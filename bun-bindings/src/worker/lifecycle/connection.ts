import type { Client, ClientInterceptors } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { clientLibrary } from '../../connection/client-library.ts';
import { NativeConnection } from '../../connection/native-connection.ts';

/** Options of a worker's client, without the connection. */
export interface WorkerClientOptions {
  namespace: string;
  identity: string;
  dataConverter: DataConverter | undefined;
  interceptors: ClientInterceptors | undefined;
}

/** The connection of a worker, given by the user or opened by the worker, and the client of its activities. */
export class WorkerConnection {
  #connection: NativeConnection;
  /** Whether the worker opened the connection. If so, it closes it. */
  #owned: boolean;
  #client: Client | undefined;

  private constructor(connection: NativeConnection, owned: boolean) {
    this.#connection = connection;
    this.#owned = owned;
    connection.retain(this);
  }

  /** Uses the given connection, or opens one to localhost:7233. */
  static async open(given: NativeConnection | undefined): Promise<WorkerConnection> {
    await given?.ensureConnected();
    await given?.followRuntime();
    return new WorkerConnection(given ?? (await NativeConnection.connect()), given === undefined);
  }

  get native(): NativeConnection {
    return this.#connection;
  }

  /** Returns the client, created at the first call: its library takes long to load, and many workers never use it. */
  client(options: WorkerClientOptions): Client {
    if (this.#client === undefined) {
      const { Client } = clientLibrary();
      this.#client = new Client({ ...options, connection: this.#connection });
    }
    return this.#client;
  }

  /** Switches to another connection. Closes the old one if the worker opened it. */
  async replace(connection: NativeConnection): Promise<void> {
    if (connection === this.#connection) return;
    const [previous, owned] = [this.#connection, this.#owned];
    connection.retain(this);
    this.#connection = connection;
    this.#owned = false;
    this.#client = undefined;
    await letGo(this, previous, owned);
  }

  /** Releases the connection. Closes it if the worker opened it. */
  async close(): Promise<void> {
    await letGo(this, this.#connection, this.#owned);
  }
}

async function letGo(user: WorkerConnection, connection: NativeConnection, owned: boolean): Promise<void> {
  connection.release(user);
  if (owned) await connection.close();
}
