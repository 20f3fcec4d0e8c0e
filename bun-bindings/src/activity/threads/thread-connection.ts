import type { ConnectionLike } from '@temporalio/client';
import { IllegalStateError } from '@temporalio/common';
import { ServiceConnection, type StartedCall } from '../../connection/service-connection.ts';
import type { NativeCallOptions } from '../../native/client.ts';
import { NativeBridgeError } from '../../native/error.ts';
import type { CallFailure, FromThread } from './messages.ts';

/** The worker's connection as the activities of a thread have it: the main thread makes their calls. */
export class ThreadConnection extends ServiceConnection implements ConnectionLike {
  readonly plugins = [];
  readonly #tell: (message: FromThread) => void;
  readonly #calls = new Map<number, PromiseWithResolvers<Uint8Array>>();
  #nextId = 1;

  constructor(tell: (message: FromThread) => void) {
    super();
    this.#tell = tell;
  }

  override startCall(method: string, request: Uint8Array, options: NativeCallOptions): StartedCall {
    const id = this.#nextId++;
    const call = Promise.withResolvers<Uint8Array>();
    this.#calls.set(id, call);
    this.#tell({ type: 'call', id, method, request: request.slice(), options });
    return { result: call.promise, cancel: () => this.#tell({ type: 'cancelCall', id }) };
  }

  /** Takes the end of a call: its encoded response, or why it failed. */
  settle(id: number, outcome: Uint8Array | CallFailure): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (outcome instanceof Uint8Array) call?.resolve(outcome);
    else call?.reject(new NativeBridgeError(outcome.code, outcome.message, outcome.details));
  }

  /** Does nothing: the worker has connected. */
  async ensureConnected(): Promise<void> {}

  /** Throws an IllegalStateError: the connection is the worker's. */
  async close(): Promise<void> {
    throw new IllegalStateError('Cannot close connection while Workers hold a reference to it');
  }
}
