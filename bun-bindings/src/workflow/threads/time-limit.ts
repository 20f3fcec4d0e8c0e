import { AsyncLocalStorage } from 'node:async_hooks';
import { createContext, Script } from 'node:vm';

/** Code that the engine interrupts has to be a script's: this one calls what its globals hold. */
const script = new Script('call()', { filename: 'temporal-time-limit.js' });
let context: { call?: () => unknown } | undefined;

/** The engine has interrupted a call. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

/**
 * Calls a function, and interrupts it after `ms`: a loop as well as a wait on shared memory. A long call of the engine's, such as a
 * regular expression that backtracks, goes on to its end. Not to be called by the function itself.
 *
 * @throws a {@link TimeLimitError} if the function was interrupted, and what the function throws.
 */
export function callWithin<T>(ms: number, call: () => T): T {
  context ??= createContext({});
  const limited = context;
  limited.call = call;
  // The end of an `AsyncLocalStorage.run` may be cut off, too.
  const withAsyncContext = AsyncLocalStorage.snapshot();
  try {
    return withAsyncContext(() => script.runInContext(limited, { timeout: ms, displayErrors: false })) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new TimeLimitError(`It was interrupted after ${ms} ms`);
  } finally {
    limited.call = undefined;
  }
}
