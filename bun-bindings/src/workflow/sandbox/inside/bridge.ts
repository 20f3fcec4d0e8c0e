import type { WorkflowInfo } from '@temporalio/workflow';

/**
 * What the thread gives to the inside of an isolate.
 *
 * These objects belong to the thread's own realm: whoever holds one can climb from it to `process` and `Bun`. Code
 * inside wraps them and never hands one out, nor an error that one of them throws.
 */
export interface HostBridge {
  URL: typeof globalThis.URL;
  URLSearchParams: typeof globalThis.URLSearchParams;
  TextEncoder: typeof globalThis.TextEncoder;
  TextDecoder: typeof globalThis.TextDecoder;
  /** The text of some UTF-8, with U+FFFD in the place of what is none. */
  textOf(bytes: Uint8Array, start: number, end: number): string;
  AsyncLocalStorage: typeof import('node:async_hooks').AsyncLocalStorage;
  /** Whether an error was born in the thread's realm. Asked there: code of a run can change what `instanceof` does here. */
  isHostError(error: unknown): error is Error;
  /** Prints a line; `values` are cloned first, so that nothing of the workflow's is called while printing. */
  print(level: 'log' | 'warn' | 'error' | 'info' | 'debug', prefix: string, values: unknown[]): void;
  /** Points the frames of a stack trace at the sources that the bundle was made from. */
  mapStack(stack: string): string;
  /** Reads from a stack trace where workflow code is. Returns JSON of a `Place`. */
  placeOf(stack: string): string;
  /** Tells when objects of the realm get other keys or prototypes. Undefined if the engine does not say. */
  takeShapes(objects: readonly object[]): ObjectShapes | undefined;
  /** Tells when the realm's global object changes. Undefined if the engine does not let that be seen. */
  watchGlobal(global: object): GlobalWatch | undefined;
  /** Whether a patch that workflow code meets for the first time becomes active. @default all do */
  decidePatch?(workflowInfo: WorkflowInfo, patchId: string): boolean;
  /** The workflows' sources: JSON of a source map's `sources` and `sourcesContent`. */
  sources(): string;
}

/** Tells whether objects have got other keys, attributes or prototypes. It keeps the objects alive. */
export interface ObjectShapes {
  /**
   * Whether the shape of the object at an index says all that. Shapes do not for objects that keep their keys themselves, since
   * they were changed often, and for exotic ones, such as proxies. Of arrays they say all but the elements.
   */
  tells(index: number): boolean;
  /** Whether one of the objects that {@link tells} holds for has another shape than was taken of it last. */
  differ(): boolean;
  /** Takes the shape that the object at an index has now. Returns what {@link tells} says then. */
  renew(index: number): boolean;
}

/** Tells whether the global object has other properties than it had, or other values of them. Its prototype it leaves out. */
export interface GlobalWatch {
  /** Whether nothing was changed. If something was, and was undone, it says no as well until {@link renew}. */
  isSame(): boolean;
  /** Takes the global object, of which all changes were undone, as it is now. */
  renew(): void;
}

/** Handed in by the function that the library bundle of a bundle is wrapped in. */
declare const __temporal_host: HostBridge;

export const host: HostBridge = __temporal_host;

const errorClasses: Record<string, new (message: string) => Error> = { TypeError, RangeError, SyntaxError, URIError };

/** Calls into the thread's realm; an error that is born there is thrown again as an error of this realm. */
export function callHost<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toRealm(error);
  }
}

function isForeign(error: unknown): error is Error {
  try {
    return host.isHostError(error);
  } catch {
    // The stack has no room for the question. What asks next to its limit is told so by this realm.
    throw new RangeError('Maximum call stack size exceeded.');
  }
}

/** An error of this realm with what can be seen of `error`; errors of this realm stay as they are. */
function toRealm(error: unknown): unknown {
  if (!isForeign(error)) return error;
  const { name, message, code } = error as { name: unknown; message: unknown; code?: unknown };
  const ErrorClass = errorClasses[String(name)] ?? Error;
  const own = new ErrorClass(String(message));
  if (typeof code === 'string' || typeof code === 'number')
    Object.defineProperty(own, 'code', { value: code, enumerable: true });
  return own;
}
