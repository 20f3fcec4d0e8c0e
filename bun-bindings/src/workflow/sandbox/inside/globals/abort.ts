/** `AbortController` and `AbortSignal`, written here because the thread's own would bring its event loop's timers along. */
import { currentRun } from '../current.ts';
import { DOMException } from './dom-exception.ts';
import { Event, EventTarget, listenFirst } from './event-target.ts';

type Handler = ((event: Event) => void) | null;

const create = Symbol('create');
const abort = Symbol('abort');

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown;
  #handler: Handler | undefined;

  constructor(key?: symbol) {
    if (key !== create) throw Object.assign(new TypeError('Illegal constructor'), { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
    super();
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
    setTimeout(() => signal[abort](new DOMException('The operation was aborted due to timeout', 'TimeoutError')), ms);
    return signal;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** Called with the event when the signal is aborted. */
  get onabort(): Handler {
    return this.#handler ?? null;
  }

  set onabort(handler: Handler) {
    if (this.#handler === undefined) {
      const call = (event: Event): void => this.#handler?.call(this, event);
      // Histories may have been recorded when it was called before all others.
      if (currentRun()?.recorder.asV8 === false) this[listenFirst]('abort', call);
      else this.addEventListener('abort', call);
    }
    this.#handler = typeof handler === 'function' ? handler : null;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  /** Messages are Node's, since workflows may have put them into their histories. */
  [abort](reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
    this.dispatchEvent(new Event('abort'));
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
