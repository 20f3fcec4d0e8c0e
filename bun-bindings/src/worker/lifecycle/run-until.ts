import { type Duration, msToNumber } from '@temporalio/common/lib/time';
import { CombinedWorkerRunError, PromiseCompletionTimeoutError } from '../../errors.ts';
import { MAX_TIMER_MS } from '../../timers.ts';

/** Options of `Worker.runUntil`. */
export interface RunUntilOptions {
  /**
   * Time to wait for the promise after the worker has stopped or failed. Then `runUntil` rejects with a
   * {@link PromiseCompletionTimeoutError}.
   *
   * @default 0
   */
  promiseCompletionTimeout?: Duration;
}

type Settled<R> = PromiseSettledResult<R>;

/** Calls `stop` when `fnOrPromise` has settled, waits for `run`, and settles like `fnOrPromise`. */
export async function runUntil<R>(
  run: () => Promise<void>,
  stop: () => void,
  fnOrPromise: Promise<R> | (() => Promise<R>),
  options: RunUntilOptions = {},
): Promise<R> {
  const workerRun = settle(run());
  const inner = settle(typeof fnOrPromise === 'function' ? invoke(fnOrPromise) : fnOrPromise);
  void inner.then(stop);
  const worker = await workerRun;
  const timeoutMs = msToNumber(options.promiseCompletionTimeout ?? 0);
  const result = await within(inner, timeoutMs);
  if (worker.status === 'fulfilled') {
    if (result.status === 'fulfilled') return result.value;
    throw result.reason;
  }
  if (result.status === 'fulfilled') throw worker.reason;
  throw new CombinedWorkerRunError('Worker terminated with fatal error in `runUntil`', {
    cause: { workerError: worker.reason, innerError: result.reason },
  });
}

async function invoke<R>(fn: () => Promise<R>): Promise<R> {
  return await fn();
}

async function settle<R>(promise: Promise<R>): Promise<Settled<R>> {
  const [result] = await Promise.allSettled([promise]);
  return result;
}

async function within<R>(result: Promise<Settled<R>>, timeoutMs: number): Promise<Settled<R>> {
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<Settled<R>>((resolve) => {
    const reason = new PromiseCompletionTimeoutError(
      `Promise did not resolve within ${timeoutMs}ms after Worker completed shutdown`,
    );
    timer = setTimeout(() => resolve({ status: 'rejected', reason }), Math.min(timeoutMs, MAX_TIMER_MS));
  });
  try {
    return await Promise.race([result, timedOut]);
  } finally {
    clearTimeout(timer);
  }
}
