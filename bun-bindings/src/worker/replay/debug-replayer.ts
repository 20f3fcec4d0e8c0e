import type { ReplayWorkerOptions } from '../options/worker-options.ts';

/**
 * Serves Temporal's extension of VS Code in `@temporalio/worker`. It drives the debugger of Node, so there is nothing to start
 * here.
 *
 * @deprecated Call `Worker.runReplayHistory` with `debugMode: true`, and run the program with `bun --inspect`.
 * @throws Error always; it says what to do instead.
 */
export function startDebugReplayer(_options: ReplayWorkerOptions): never {
  throw new Error(
    "startDebugReplayer serves Temporal's extension of VS Code, which drives the debugger of Node. On Bun, call " +
      'Worker.runReplayHistory({ ...options, debugMode: true }, history) in a program that runs with "bun --inspect".',
  );
}
