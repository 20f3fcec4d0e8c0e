import { checkHandle, jsonArgument, readText } from './calls.ts';
import { NativeObject } from './handle.ts';
import { native } from './library.ts';
import type { NativeRuntime } from './runtime.ts';

/** An embedded server's configuration; see `docs/ffi-surface.md`. */
export interface NativeEmbeddedServerConfig {
  namespace?: string;
  time?: 'locked' | 'unlocked' | 'real';
  /** The types of custom search attributes, by name. */
  searchAttributes?: Record<string, string>;
  seed?: number;
  /** Leaves the order of tasks alone: the seed decides over faults only. */
  keepsOrder?: boolean;
  /** The probabilities of faults, by name. */
  faults?: Record<string, number>;
  /** The only faults that may happen, each as its name, a colon and its place. */
  onlyFaults?: string[];
}

/** A task that an embedded server has handed out, or a fault that it has had. */
export interface NativeScheduleStep {
  fault?: string;
  place: string;
}

/** A Temporal server for tests, inside of the process. It lives while this object or a client of it does. */
export class NativeEmbeddedServer extends NativeObject {
  static create(runtime: NativeRuntime, config: NativeEmbeddedServerConfig): NativeEmbeddedServer {
    return new NativeEmbeddedServer(
      checkHandle(native().temporal_bun_embedded_server_new(runtime.handle, ...jsonArgument(config))),
    );
  }

  /** Returns the tasks that the server has handed out and the faults that have happened, in their order. */
  schedule(): NativeScheduleStep[] {
    const text = readText((out, capacity) =>
      native().temporal_bun_embedded_server_schedule(this.handle, out, capacity),
    );
    return JSON.parse(text);
  }

  private constructor(handle: number) {
    super(handle, native().temporal_bun_embedded_server_free);
  }
}
