import { afterAll, beforeAll } from 'bun:test';
import { Client } from '@temporalio/client';
import { NativeConnection } from '../../src/connection/index.ts';
import type { TestServer } from './test-server.ts';

/** A connection to a test's server, and a client that uses it. */
export interface OpenClient {
  readonly connection: NativeConnection;
  readonly client: Client;
}

/** Connects before the tests of the calling file, and closes the connection after them. */
export function useClient(server: TestServer): OpenClient {
  let open: OpenClient | undefined;
  beforeAll(async () => {
    const connection = await NativeConnection.connect(server.connectionOptions);
    open = { connection, client: new Client({ connection }) };
  }, 60_000);
  afterAll(() => open?.connection.close());
  const opened = (): OpenClient => {
    if (open === undefined) throw new Error('the connection is open only while the tests of its file run');
    return open;
  };
  return {
    get connection() {
      return opened().connection;
    },
    get client() {
      return opened().client;
    },
  };
}
