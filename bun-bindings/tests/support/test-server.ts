import { afterAll, beforeAll } from 'bun:test';
import type { SearchAttributeType } from '@temporalio/common';
import type { SearchAttributeKey } from '@temporalio/common/lib/search-attributes';
import type { NativeConnectionOptions } from '../../src/connection/index.ts';
import { NativeEmbeddedServer } from '../../src/native/embedded-server.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { toSearchAttributeTypeName } from '../../src/testing/ephemeral-server.ts';
import { useDevServer } from './dev-server.ts';

/** A server that workers and clients of this process can connect to. */
export interface TestServer {
  /** The options that lead a connection to it. */
  readonly connectionOptions: Pick<NativeConnectionOptions, 'address' | 'embeddedServer'>;
}

/** Settings of a test for its server. */
export interface TestServerOptions {
  searchAttributes?: SearchAttributeKey<SearchAttributeType>[];
}

/**
 * Gives the tests of the calling file a server, for what they prove about workers and clients only: the embedded server,
 * or with `TEST_SERVER=dev` in the environment the real one. Its time is real.
 *
 * A test of what the real server does, of the network, or of other processes takes `useDevServer`.
 */
export function useServer(options: TestServerOptions = {}): TestServer {
  if (process.env.TEST_SERVER === 'dev') return useDevServer(options);
  let server: NativeEmbeddedServer | undefined;
  const user = {};
  beforeAll(() => {
    const runtime = Runtime.instance();
    runtime.retain(user);
    server = NativeEmbeddedServer.create(runtime.native, {
      time: 'real',
      searchAttributes: Object.fromEntries(
        (options.searchAttributes ?? []).map(({ name, type }) => [name, toSearchAttributeTypeName(type)]),
      ),
    });
  });
  afterAll(() => {
    server?.free();
    Runtime.instance().release(user);
  });
  return {
    get connectionOptions() {
      if (server === undefined) throw new Error('the server runs only while the tests of its file do');
      return { embeddedServer: server };
    },
  };
}
