import { currentActivator } from '../current.ts';

type Values = unknown[];

/**
 * `process` of a run, as far as it tells nothing of the machine. Libraries take `versions.node` for a file system and an
 * event loop, so there is none.
 */
export function makeProcess(): object {
  const startedAt = currentActivator()?.info.startTime.getTime() ?? 0;
  const uptimeMs = (): number => (currentActivator()?.now ?? startedAt) - startedAt;
  const self = {
    title: 'workflow',
    env: {},
    argv: [],
    execArgv: [],
    version: '',
    versions: {},
    pid: 1,
    browser: true,
    exitCode: undefined,
    nextTick(callback: (...args: Values) => void, ...args: Values): void {
      if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
      Promise.resolve().then(() => {
        callback(...args);
      });
    },
    cwd: (): string => '/',
    uptime: (): number => uptimeMs() / 1000,
    hrtime: Object.assign(hrtime, { bigint: (): bigint => BigInt(uptimeMs()) * 1_000_000n }),
    emitWarning(warning: unknown): void {
      globalThis.console.warn(`${warning}`);
    },
    // There is nothing that would be told of.
    ...Object.fromEntries(
      [
        'on',
        'once',
        'off',
        'addListener',
        'removeListener',
        'removeAllListeners',
        'prependListener',
        'setMaxListeners',
      ].map((name) => [name, () => self]),
    ),
    emit: (): boolean => false,
    listeners: (): unknown[] => [],
    listenerCount: (): number => 0,
  };

  function hrtime(since: [seconds: number, nanos: number] = [0, 0]): [seconds: number, nanos: number] {
    const ms = uptimeMs();
    const nanos = (ms % 1000) * 1e6 - since[1];
    return [Math.floor(ms / 1000) - since[0] - (nanos < 0 ? 1 : 0), nanos < 0 ? nanos + 1e9 : nanos];
  }
  return self;
}
