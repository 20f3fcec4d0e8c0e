/** Events of workflow code. They are dispatched where the caller stands: no event loop has a part in it. */
import { currentActivator, currentRun } from '../current.ts';

export interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

/** Set by the target that dispatches an event; code outside of this module has no way to it. */
interface Dispatch {
  target: EventTarget | null;
  current: EventTarget | null;
  stopped: boolean;
  passive: boolean;
  canceled: boolean;
}

const dispatches = new WeakMap<Event, Dispatch>();

function dispatchOf(event: Event): Dispatch {
  const dispatch = dispatches.get(event);
  if (dispatch === undefined) throw new TypeError('Value of "this" must be of type Event');
  return dispatch;
}

export class Event {
  readonly type: string;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  /** Time of the run's clock, in ms since 1970. */
  readonly timeStamp: number = currentActivator()?.now ?? 0;
  readonly isTrusted = false;
  cancelBubble = false;

  constructor(type: string, { bubbles = false, cancelable = false, composed = false }: EventInit = {}) {
    this.type = `${type}`;
    this.bubbles = !!bubbles;
    this.cancelable = !!cancelable;
    this.composed = !!composed;
    dispatches.set(this, { target: null, current: null, stopped: false, passive: false, canceled: false });
  }

  get target(): EventTarget | null {
    return dispatchOf(this).target;
  }

  get srcElement(): EventTarget | null {
    return dispatchOf(this).target;
  }

  get currentTarget(): EventTarget | null {
    return dispatchOf(this).current;
  }

  get eventPhase(): number {
    return dispatchOf(this).current === null ? 0 : 2;
  }

  get defaultPrevented(): boolean {
    return dispatchOf(this).canceled;
  }

  get returnValue(): boolean {
    return !dispatchOf(this).canceled;
  }

  composedPath(): EventTarget[] {
    const { current } = dispatchOf(this);
    return current === null ? [] : [current];
  }

  preventDefault(): void {
    const dispatch = dispatchOf(this);
    if (this.cancelable && !dispatch.passive) dispatch.canceled = true;
  }

  stopPropagation(): void {
    this.cancelBubble = true;
  }

  stopImmediatePropagation(): void {
    this.cancelBubble = true;
    dispatchOf(this).stopped = true;
  }
}
Object.defineProperty(Event.prototype, Symbol.toStringTag, { value: 'Event', configurable: true });
for (const [index, phase] of ['NONE', 'CAPTURING_PHASE', 'AT_TARGET', 'BUBBLING_PHASE'].entries())
  for (const holder of [Event, Event.prototype])
    Object.defineProperty(holder, phase, { value: index, enumerable: true });

export class CustomEvent<T = unknown> extends Event {
  readonly detail: T | null;

  constructor(type: string, options: EventInit & { detail?: T } = {}) {
    super(type, options);
    this.detail = options.detail ?? null;
  }
}
Object.defineProperty(CustomEvent.prototype, Symbol.toStringTag, { value: 'CustomEvent', configurable: true });

export type Listener<E = Event> = ((event: E) => void) | { handleEvent(event: E): void };

export interface ListenerOptions {
  once?: boolean;
  passive?: boolean;
  capture?: boolean;
  signal?: EventTarget & { readonly aborted: boolean };
}

interface Registration<E> {
  listener: Listener<E>;
  capture: boolean;
  once: boolean;
  passive: boolean;
  removed: boolean;
}

/** Adds a listener that is called before all others. */
export const listenFirst: unique symbol = Symbol('listen first');

export class EventTarget {
  readonly #registrations = new Map<string, Registration<never>[]>();

  addEventListener(type: string, listener: Listener<never> | null, options: ListenerOptions | boolean = {}): void {
    if (listener == null) return;
    if (typeof listener !== 'function' && typeof listener !== 'object')
      throw new TypeError('The "listener" argument must be an instance of EventListener');
    const {
      once = false,
      passive = false,
      capture = false,
      signal,
    }: ListenerOptions = typeof options === 'object' && options !== null ? options : { capture: !!options };
    if (signal?.aborted) return;
    const key = `${type}`;
    const ofType = this.#registrations.get(key) ?? [];
    if (ofType.some((other) => other.listener === listener && other.capture === !!capture)) return;
    const registration = { listener, capture: !!capture, once: !!once, passive: !!passive, removed: false };
    this.#registrations.set(key, [...ofType, registration]);
    signal?.addEventListener('abort', () => this.#remove(key, registration), { once: true });
  }

  removeEventListener(
    type: string,
    listener: Listener<never> | null,
    options: { capture?: boolean } | boolean = {},
  ): void {
    const capture = typeof options === 'object' && options !== null ? !!options.capture : !!options;
    const key = `${type}`;
    const registration = this.#registrations
      .get(key)
      ?.find((other) => other.listener === listener && other.capture === capture);
    if (registration !== undefined) this.#remove(key, registration);
  }

  /** Calls the listeners. One that throws fails the workflow task, as an unhandled rejection does, after the others were called. */
  dispatchEvent(event: Event): boolean {
    const dispatch = dispatches.get(event);
    if (dispatch === undefined) throw new TypeError('The "event" argument must be an instance of Event');
    if (dispatch.current !== null) throw new TypeError('The event is already being dispatched');
    dispatch.target = this;
    dispatch.current = this;
    try {
      for (const registration of this.#registrations.get(event.type) ?? []) {
        if (registration.removed) continue;
        if (registration.once) this.#remove(event.type, registration);
        dispatch.passive = registration.passive;
        this.#call(registration.listener, event);
        if (dispatch.stopped) break;
      }
    } finally {
      dispatch.current = null;
      dispatch.passive = false;
    }
    return !dispatch.canceled;
  }

  [listenFirst](type: string, listener: (event: Event) => void): void {
    const registration = { listener, capture: false, once: false, passive: false, removed: false };
    this.#registrations.set(type, [registration, ...(this.#registrations.get(type) ?? [])]);
  }

  #call(listener: Listener<never>, event: Event): void {
    try {
      if (typeof listener === 'function') (listener as (event: Event) => void).call(this, event);
      else (listener as { handleEvent(event: Event): void }).handleEvent(event);
    } catch (error) {
      // Histories that were recorded when it was thrown at the one who dispatches the event are replayed like that.
      if (currentRun()?.recorder.asV8 === false) throw error;
      Promise.reject(error);
    }
  }

  #remove(type: string, registration: Registration<never>): void {
    registration.removed = true;
    const rest = this.#registrations.get(type)?.filter((other) => other !== registration) ?? [];
    if (rest.length > 0) this.#registrations.set(type, rest);
    else this.#registrations.delete(type);
  }
}
Object.defineProperty(EventTarget.prototype, Symbol.toStringTag, { value: 'EventTarget', configurable: true });
