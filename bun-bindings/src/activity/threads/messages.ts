import type { LogLevel, LogMetadata } from '@temporalio/common';
import type { NativeCallOptions } from '../../native/client.ts';

/** The modules of an activity thread, all by absolute path, and the path of the native library. */
export interface ThreadModules {
  activitiesPath: string;
  interceptorModules: string[];
  /** A module that exports `dataConverter`. Undefined: the default, with the converters of the next two. */
  dataConverterPath: string | undefined;
  payloadConverterPath: string | undefined;
  failureConverterPath: string | undefined;
  nativeLibraryPath: string;
}

/** The parts of the worker that its activity threads take part in. */
export interface ThreadEnvironment {
  namespace: string;
  taskQueue: string;
  /** The name that the worker's client gives to servers. */
  identity: string;
  /** Whether the worker's logger may write DEBUG lines. */
  debugEnabled: boolean;
  /** The handle of the native worker, which gets the heartbeats. */
  nativeWorker: number;
  /** The handle of the native runtime, which exports metrics. Undefined if nobody does. */
  nativeRuntime: number | undefined;
}

/** Messages from the main thread to an activity thread. */
export type ToThread =
  | { type: 'attach'; environment: ThreadEnvironment }
  /** Run the activity of this encoded `ActivityTask`. */
  | { type: 'start'; id: number; task: Uint8Array }
  /** Cancel a running activity, by an encoded `ActivityTask` of its own. */
  | { type: 'cancel'; id: number; task: Uint8Array }
  /** The end of a call: its encoded response, or why it failed. */
  | { type: 'settled'; id: number; outcome: Uint8Array | CallFailure };

/** The parts of a `NativeBridgeError`, whose class a message does not keep. */
export interface CallFailure {
  code: string;
  message: string;
  details: Record<string, unknown>;
}

/** Messages from an activity thread to the main thread. */
export type FromThread =
  | { type: 'loaded'; activityTypes: string[] }
  | { type: 'loadFailed'; error: Error }
  | { type: 'heartbeat'; id: number }
  /** An encoded `ActivityTaskCompletion`. */
  | { type: 'completed'; id: number; completion: Uint8Array }
  /** The completion of an activity could not be encoded. */
  | { type: 'failed'; id: number; error: Error }
  /** Make a call of the client, by the full name of its method and an encoded request. */
  | { type: 'call'; id: number; method: string; request: Uint8Array; options: NativeCallOptions }
  | { type: 'cancelCall'; id: number }
  | { type: 'log'; level: LogLevel; message: string; meta: LogMetadata | undefined };
