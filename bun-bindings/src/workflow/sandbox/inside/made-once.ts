import { requireRun } from './current.ts';

/** The running workflow's own object of a name, made when it is asked for the first time. */
export function madeOnce(name: string, make: () => unknown): unknown {
  const run = requireRun();
  run.made ??= new Map();
  if (!run.made.has(name)) run.made.set(name, make());
  return run.made.get(name);
}
