import { CancellationScope, sleep } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes';
import { untrackPromise } from '@temporalio/workflow/lib/stack-helpers';
import { requireRun } from '../current.ts';
import { clearTimeout } from './time.ts';

/** `setInterval`: one durable timer after the other. The handle is the number of the first; `clearTimeout` takes it as well. */
export function makeSetInterval(): (
  callback: (...args: unknown[]) => unknown,
  delay?: number,
  ...args: unknown[]
) => number {
  return function setInterval(callback, delay, ...args) {
    if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
    const ms = Math.max(1, Number(delay) || 1);
    const pending = requireRun().timeouts;
    const handle = getActivator().nextSeqs.timer;
    const startTimer = (): void => {
      const scope = new CancellationScope({ cancellable: true });
      const fired = scope.run(() => sleep(ms));
      pending.set(handle, scope);
      fired.then(
        () => {
          callback(...args);
          // The callback may have cleared it.
          if (pending.get(handle) === scope) startTimer();
        },
        () => pending.delete(handle),
      );
      untrackPromise(fired);
    };
    startTimer();
    return handle;
  };
}

/** `clearInterval`; unlike `clearTimeout` it sends no command for a handle that is not running. */
export function makeClearInterval(): (handle?: number) => void {
  return function clearInterval(handle) {
    if (handle !== undefined && requireRun().timeouts.has(handle)) clearTimeout(handle);
  };
}
