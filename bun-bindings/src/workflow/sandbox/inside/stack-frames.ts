import { host } from './bridge.ts';

/**
 * Points the stack traces of an error and its causes at the sources. Done only when an error leaves the workflow: most
 * never do, and reading a stack trace is what makes an error expensive.
 */
export function mapErrorStacks(error: unknown, seen = new Set<unknown>()): void {
  if (!(error instanceof Error) || seen.has(error)) return;
  seen.add(error);
  const { stack } = error;
  if (typeof stack === 'string') {
    const mapped = host.mapStack(stack);
    if (mapped !== stack) Reflect.set(error, 'stack', mapped);
  }
  mapErrorStacks(error.cause, seen);
  if (error instanceof AggregateError) for (const inner of error.errors) mapErrorStacks(inner, seen);
}
