import { checkHandle, jsonArgument } from './calls.ts';
import { NativeObject } from './handle.ts';
import { native } from './library.ts';
import type { NativeRuntime } from './runtime.ts';

/** An embedded server's configuration; see `docs/ffi-surface.md`. */
export interface NativeEmbeddedServerConfig {
  namespace?: string;
  time?: 'locked' | 'unlocked' | 'real';
  /** The types of custom search attributes, by name. */
  searchAttributes?: Record<string, string>;
}

/** A Temporal server for tests, inside of the process. It lives while this object or a client of it does. */
export class NativeEmbeddedServer extends NativeObject {
  static create(runtime: NativeRuntime, config: NativeEmbeddedServerConfig): NativeEmbeddedServer {
    return new NativeEmbeddedServer(
      checkHandle(native().temporal_bun_embedded_server_new(runtime.handle, ...jsonArgument(config))),
    );
  }

  private constructor(handle: number) {
    super(handle, native().temporal_bun_embedded_server_free);
  }
}
