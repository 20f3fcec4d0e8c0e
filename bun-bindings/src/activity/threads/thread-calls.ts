import { errorMessage } from '@temporalio/common/lib/type-helpers';
import type { ServiceConnection, StartedCall } from '../../connection/service-connection.ts';
import { NativeBridgeError } from '../../native/error.ts';
import type { CallFailure, FromThread, ToThread } from './messages.ts';

/** Makes the calls that the activities of a thread make with `Context.client`, on the worker's connection. */
export class ThreadCalls {
  readonly #connection: () => ServiceConnection;
  readonly #tell: (message: ToThread) => void;
  /** Calls under way, by the names that the thread gave them. Undefined until one has started. */
  readonly #calls = new Map<number, StartedCall | undefined>();

  /** @param connection gives the worker's connection, which can be replaced. */
  constructor(connection: () => ServiceConnection, tell: (message: ToThread) => void) {
    this.#connection = connection;
    this.#tell = tell;
  }

  async make({ id, method, request, options }: Extract<FromThread, { type: 'call' }>): Promise<void> {
    this.#calls.set(id, undefined);
    let outcome: Uint8Array | CallFailure;
    try {
      const call = await this.#connection().startCall(method, request, options);
      if (this.#calls.has(id)) this.#calls.set(id, call);
      else call.cancel();
      outcome = (await call.result).slice();
    } catch (error) {
      outcome = failureOf(error);
    }
    this.#calls.delete(id);
    this.#tell({ type: 'settled', id, outcome });
  }

  cancel(id: number): void {
    this.#calls.get(id)?.cancel();
    this.#calls.delete(id);
  }

  /** Cancels what is under way: the thread has ended. */
  cancelAll(): void {
    for (const id of this.#calls.keys()) this.cancel(id);
  }
}

function failureOf(error: unknown): CallFailure {
  if (!(error instanceof NativeBridgeError))
    return { code: 'call_failed', message: errorMessage(error) ?? String(error), details: {} };
  const { code, message, details } = error;
  return { code, message, details };
}
