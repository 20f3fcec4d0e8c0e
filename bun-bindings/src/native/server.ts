import { jsonArgument, readText } from './calls.ts';
import type { CompletionQueue, StartCall } from './completion-queue.ts';
import { NativeObject } from './handle.ts';
import { native } from './library.ts';
import type { NativeRuntime } from './runtime.ts';

/** The program of a server: a path, or a version to download once. Times are in ms. */
export type NativeServerExecutable =
  | { path: string }
  | { download: { version: string; directory?: string; ttlMs?: number; sdkName?: string; sdkVersion?: string } };

export interface NativeTestServerConfig {
  executable: NativeServerExecutable;
  /** Default: a free one. */
  port?: number;
  extraArgs?: string[];
  /** Discards the server's output. */
  quiet?: boolean;
}

export interface NativeDevServerConfig extends NativeTestServerConfig {
  namespace?: string;
  ip?: string;
  ui?: boolean;
  uiPort?: number;
  /** Default: workflows are kept in memory. */
  dbFilename?: string;
  logFormat?: string;
  logLevel?: string;
}

/** A running Temporal server. It stops with this object. */
export class NativeServer extends NativeObject {
  /** `host:port` of the server's frontend. */
  readonly target: string;

  /** Starts a dev server. Resolves when it responds. */
  static startDev(
    runtime: NativeRuntime,
    queue: CompletionQueue,
    config: NativeDevServerConfig,
  ): Promise<NativeServer> {
    return NativeServer.#start(queue, (to, tag) =>
      native().temporal_bun_dev_server_start(runtime.handle, ...jsonArgument(config), to, tag),
    );
  }

  /** Starts a time-skipping test server. Resolves when it responds. */
  static startTest(
    runtime: NativeRuntime,
    queue: CompletionQueue,
    config: NativeTestServerConfig,
  ): Promise<NativeServer> {
    return NativeServer.#start(queue, (to, tag) =>
      native().temporal_bun_test_server_start(runtime.handle, ...jsonArgument(config), to, tag),
    );
  }

  static async #start(queue: CompletionQueue, start: StartCall): Promise<NativeServer> {
    return new NativeServer(await queue.submitNew(start).result);
  }

  private constructor(handle: number) {
    super(handle, native().temporal_bun_server_free);
    this.target = readText((out, capacity) => native().temporal_bun_server_target(handle, out, capacity));
  }

  /** Stops the server. Resolves when its process has ended. */
  async stop(queue: CompletionQueue): Promise<void> {
    await queue.submit((to, tag) => native().temporal_bun_server_stop(this.handle, to, tag)).result;
    this.free();
  }
}
