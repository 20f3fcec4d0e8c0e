import { AsyncLocalStorage } from 'node:async_hooks';
import { Worker as ThreadWorker } from 'node:worker_threads';
import { asyncLocalStorage as activities } from '@temporalio/activity';

type Listener = ((event: Event) => void) | { handleEvent(event: Event): void };
type Handler = ((this: unknown, event: unknown) => unknown) | null;

/** Whether the calling code runs in an activity. */
function isInActivity(): boolean {
  return activities.getStore() !== undefined;
}

/**
 * Makes Bun call event listeners in the context of the activity that added them. Bun keeps the context for all
 * callbacks except these: `AbortSignal.timeout`, and messages of threads, ports and channels. Code outside of
 * activities is not affected.
 */
export function keepContextsInEvents(): void {
  replaceTimeout();
  for (const { prototype } of [MessagePort, BroadcastChannel, Worker] as { prototype: EventTarget }[]) {
    bindListeners(prototype);
    for (const key of ['onmessage', 'onmessageerror', 'onerror']) bindHandler(prototype, key);
  }
  bindEmitter(ThreadWorker.prototype);
}

/** Uses a timer, which keeps its context, so that listeners of the signal run in that context. */
function replaceTimeout(): void {
  const original = AbortSignal.timeout;
  AbortSignal.timeout = function timeout(ms) {
    if (!isInActivity() || !(ms >= 0)) return original.call(AbortSignal, ms);
    const controller = new AbortController();
    const abort = (): void => controller.abort(new DOMException('The operation timed out.', 'TimeoutError'));
    setTimeout(abort, ms).unref();
    return controller.signal;
  };
}

function bindListeners(prototype: EventTarget): void {
  const { addEventListener, removeEventListener } = prototype;
  const bound = new WeakMap<EventTarget, WeakMap<Listener, Listener>>();
  prototype.addEventListener = function (type: string, listener: Listener | null, ...options) {
    if (listener == null || !isInActivity()) return addEventListener.call(this, type, listener as Listener, ...options);
    const ofTarget = bound.get(this) ?? new WeakMap();
    bound.set(this, ofTarget);
    const inContext = ofTarget.get(listener) ?? boundListener(listener);
    ofTarget.set(listener, inContext);
    return addEventListener.call(this, type, inContext, ...options);
  };
  prototype.removeEventListener = function (type: string, listener: Listener | null, ...options) {
    const inContext = listener === null ? undefined : bound.get(this)?.get(listener);
    if (inContext !== undefined) removeEventListener.call(this, type, inContext, ...options);
    return removeEventListener.call(this, type, listener as Listener, ...options);
  };
}

function boundListener(listener: Listener): Listener {
  const inContext = AsyncLocalStorage.snapshot();
  return function (this: unknown, event: Event) {
    inContext(() => (typeof listener === 'function' ? listener.call(this, event) : listener.handleEvent(event)));
  };
}

function bindHandler(prototype: object, key: string): void {
  const property = Object.getOwnPropertyDescriptor(prototype, key);
  const { get, set } = property ?? {};
  if (property === undefined || get === undefined || set === undefined) return;
  const originals = new WeakMap<object, Handler>();
  Object.defineProperty(prototype, key, {
    ...property,
    get(this: object): unknown {
      const handler: unknown = get.call(this);
      return (typeof handler === 'function' && originals.get(handler)) || handler;
    },
    set(this: object, handler: Handler) {
      if (typeof handler !== 'function' || !isInActivity()) return set.call(this, handler);
      const inContext = AsyncLocalStorage.snapshot();
      const bound = function (this: unknown, event: unknown): unknown {
        return inContext(() => handler.call(this, event));
      };
      originals.set(bound, handler);
      return set.call(this, bound);
    },
  });
}

/** Emits in the context in which the first listener was added: an object of an activity is created there. */
function bindEmitter(prototype: ThreadWorker): void {
  const contexts = new WeakMap<object, ReturnType<typeof AsyncLocalStorage.snapshot>>();
  for (const key of ['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const) {
    const add = prototype[key] as (this: ThreadWorker, ...args: unknown[]) => ThreadWorker;
    Object.assign(prototype, {
      [key](this: ThreadWorker, ...args: unknown[]) {
        if (isInActivity() && !contexts.has(this)) contexts.set(this, AsyncLocalStorage.snapshot());
        return add.apply(this, args);
      },
    });
  }
  const emit = prototype.emit as (this: ThreadWorker, ...args: unknown[]) => boolean;
  Object.assign(prototype, {
    emit(this: ThreadWorker, ...args: unknown[]) {
      const inContext = contexts.get(this);
      return inContext === undefined ? emit.apply(this, args) : inContext(() => emit.apply(this, args));
    },
  });
}
