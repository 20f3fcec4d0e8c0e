import { msToTs } from '@temporalio/common/lib/time';
import { CancellationScope, sleep } from '@temporalio/workflow';
import { SdkFlags } from '@temporalio/workflow/lib/flags';
import { getActivator } from '@temporalio/workflow/lib/global-attributes';
import { untrackPromise } from '@temporalio/workflow/lib/stack-helpers';
import { requireRun } from '../current.ts';
import { currentTime } from '../preloading.ts';

const RealDate = globalThis.Date;

/** `Date` whose present is that of the workflow task. */
const WorkflowDate = function (this: unknown, ...args: unknown[]): unknown {
  if (new.target === undefined) return new RealDate(currentTime()).toString();
  return Reflect.construct(RealDate, args.length > 0 ? args : [currentTime()], new.target);
} as unknown as DateConstructor;

/** Makes the realm's `Date` (also where it is reached through an instance) and `Intl` follow the workflow's time. */
export function installDate(): void {
  Object.defineProperties(WorkflowDate, {
    name: { value: 'Date', configurable: true },
    length: { value: 7, configurable: true },
    prototype: { value: RealDate.prototype, writable: false },
    now: { value: () => currentTime(), writable: true, configurable: true },
    parse: { value: RealDate.parse, writable: true, configurable: true },
    UTC: { value: RealDate.UTC, writable: true, configurable: true },
  });
  RealDate.prototype.constructor = WorkflowDate;
  globalThis.Date = WorkflowDate;
  installDateTimeFormat();
}

/** `Intl.DateTimeFormat` formats the present when it is given no date. */
function installDateTimeFormat(): void {
  const { prototype } = Intl.DateTimeFormat;
  const { formatToParts } = prototype;
  // biome-ignore lint/style/noNonNullAssertion: the language defines `format` as a getter.
  const getFormat = Object.getOwnPropertyDescriptor(prototype, 'format')!.get!;
  Object.defineProperty(prototype, 'format', {
    get() {
      const format = getFormat.call(this) as (date: unknown) => string;
      return (date: unknown) => format(date === undefined ? currentTime() : date);
    },
    enumerable: false,
    configurable: true,
  });
  prototype.formatToParts = function (this: Intl.DateTimeFormat, date) {
    return formatToParts.call(this, date === undefined ? currentTime() : date);
  };
}

/** `setTimeout`: a durable timer. The handle is the sequence number of its command. */
export function setTimeout(callback: (...args: unknown[]) => unknown, delay?: number, ...args: unknown[]): number {
  const activator = getActivator();
  // Upstream never calls back what has no delay, and starts no timer for it.
  const ms = Math.max(1, requireRun().recorder.extendedGlobals ? Number(delay) || 1 : (delay as number));
  if (!activator.hasFlag(SdkFlags.NonCancellableScopesAreShieldedFromPropagation)) {
    const seq = activator.nextSeqs.timer++;
    new Promise<void>((resolve, reject) => {
      activator.completions.timer.set(seq, { resolve, reject });
      activator.pushCommand({ startTimer: { seq, startToFireTimeout: msToTs(ms) } });
    }).then(
      () => callback(...args),
      () => undefined,
    );
    return seq;
  }
  const pending = requireRun().timeouts;
  const seq = activator.nextSeqs.timer;
  const scope = new CancellationScope({ cancellable: true });
  const fired = scope.run(() => sleep(ms));
  fired.then(
    () => {
      pending.delete(seq);
      callback(...args);
    },
    () => {
      pending.delete(seq);
    },
  );
  untrackPromise(fired);
  pending.set(seq, scope);
  return seq;
}

/** Cancels what {@link setTimeout} started. As everywhere, it takes no offence at what is no handle of a timer. */
export function clearTimeout(handle?: unknown): void {
  const pending = requireRun().timeouts;
  const scope = pending.get(handle as number);
  if (scope !== undefined) {
    pending.delete(handle as number);
    scope.cancel();
    return;
  }
  const activator = getActivator();
  const seq = Number(handle);
  // Core fails the task that cancels a timer which there never was.
  if (!(seq >= 1 && seq < activator.nextSeqs.timer)) return;
  // A quirk that histories depend on: a sequence number is used up, and the command is sent in any case.
  activator.nextSeqs.timer++;
  activator.completions.timer.delete(seq);
  activator.pushCommand({ cancelTimer: { seq } });
}
