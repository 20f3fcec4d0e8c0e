/** `AbortController` and `AbortSignal`, written here because the thread's own would bring its event loop's timers along. */

interface AbortEvent {
  type: string;
  target: AbortSignal;
  currentTarget: AbortSignal;
}

type Listener = ((event: AbortEvent) => void) | { handleEvent(event: AbortEvent): void };

interface ListenerOptions {
  once?: boolean;
  signal?: AbortSignal;
}

const create = Symbol('create');
const abort = Symbol('abort');

/** Messages are Node's, since workflows may have put them into their histories. */
function domError(name: string, message: string, code: number): Error {
  const error = new Error(message);
  Object.defineProperties(error, {
    name: { value: name, configurable: true },
    code: { value: code, configurable: true },
  });
  return error;
}

export class AbortSignal {
  #aborted = false;
  #reason: unknown;
  readonly #listeners = new Map<string, Map<Listener, ListenerOptions>>();

  /** Called with the event when the signal is aborted. */
  onabort: ((event: AbortEvent) => void) | null = null;

  constructor(key?: symbol) {
    if (key !== create) throw Object.assign(new TypeError('Illegal constructor'), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(create);
    signal[abort](reason);
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const result = new AbortSignal(create);
    for (const signal of signals) {
      if (signal.aborted) {
        result[abort](signal.reason);
        break;
      }
      signal.addEventListener('abort', () => result[abort](signal.reason), { once: true });
    }
    return result;
  }

  /** Aborts after a durable timer of `ms` milliseconds. */
  static timeout(ms: number): AbortSignal {
    const signal = new AbortSignal(create);
    setTimeout(() => signal[abort](domError('TimeoutError', 'The operation was aborted due to timeout', 23)), ms);
    return signal;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  addEventListener(type: string, listener: Listener | null, options: ListenerOptions | boolean = {}): void {
    if (listener == null) return;
    const settings = typeof options === 'object' ? options : {};
    if (settings.signal?.aborted) return;
    const ofType = this.#listeners.get(type) ?? new Map<Listener, ListenerOptions>();
    this.#listeners.set(type, ofType);
    if (ofType.has(listener)) return;
    ofType.set(listener, settings);
    settings.signal?.addEventListener('abort', () => ofType.delete(listener), { once: true });
  }

  removeEventListener(type: string, listener: Listener | null): void {
    if (listener != null) this.#listeners.get(type)?.delete(listener);
  }

  dispatchEvent(event: { type: string }): boolean {
    const ofType = this.#listeners.get(event.type);
    const sent: AbortEvent = Object.assign(event, { target: this, currentTarget: this });
    if (event.type === 'abort') this.onabort?.(sent);
    for (const [listener, options] of [...(ofType ?? [])]) {
      if (options.once) ofType?.delete(listener);
      if (typeof listener === 'function') listener.call(this, sent);
      else listener.handleEvent(sent);
    }
    return true;
  }

  [abort](reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason === undefined ? domError('AbortError', 'This operation was aborted', 20) : reason;
    this.dispatchEvent({ type: 'abort' });
  }
}

export class AbortController {
  readonly #signal = new AbortSignal(create);

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason?: unknown): void {
    this.#signal[abort](reason);
  }
}
