import { afterAll, beforeAll } from 'bun:test';
import { NativeServer } from '../../src/native/server.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { type DevServerConfig, toNativeDevServerConfig } from '../../src/testing/ephemeral-server.ts';
import type { TestServer } from './test-server.ts';

/** A real Temporal server for the tests of a file. */
export interface DevServer extends TestServer {
  /** `host:port`. */
  readonly address: string;
}

/** Settings of a test for its dev server. */
export type DevServerOptions = Pick<DevServerConfig, 'searchAttributes' | 'extraArgs'>;

/** Starts a dev server before the tests of the calling file, and stops it after them. */
export function useDevServer(options: DevServerOptions = {}): DevServer {
  let server: NativeServer | undefined;
  const user = {};
  beforeAll(async () => {
    const runtime = Runtime.instance();
    runtime.retain(user);
    server = await NativeServer.startDev(runtime.native, runtime.queue, {
      ...toNativeDevServerConfig({ ...options, executable: { type: 'existing-path', path: temporalCli() } }),
      quiet: true,
    });
  }, 60_000);
  afterAll(async () => {
    const runtime = Runtime.instance();
    await server?.stop(runtime.queue);
    runtime.release(user);
  });
  const running = (): NativeServer => {
    if (server === undefined) throw new Error('the dev server runs only while the tests of its file do');
    return server;
  };
  return {
    get address() {
      return running().target;
    },
    get connectionOptions() {
      return { address: running().target };
    },
  };
}

/** Where the Temporal CLI is. `make test` installs it. */
export function temporalCli(): string {
  const path = process.env.TEMPORAL_CLI_PATH ?? Bun.which('temporal');
  if (path == null) throw new Error('the Temporal CLI is missing: put `temporal` on PATH or set TEMPORAL_CLI_PATH');
  return path;
}
