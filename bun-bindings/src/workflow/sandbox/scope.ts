import type { Script } from 'node:vm';

/** Where the code of a realm finds its globals. */
export interface Scope {
  /** Evaluates a script of a bundle. */
  evaluate(script: Script): unknown;
  /**
   * Calls the scope's `__temporal_enter()`. When it returns, the microtasks that the call has led to have run.
   *
   * @throws an error with the code `ERR_SCRIPT_EXECUTION_TIMEOUT` if it takes too long. The microtasks that were left are
   *   dropped, so nothing of what was cut short goes on later.
   */
  enter(): unknown;
}
