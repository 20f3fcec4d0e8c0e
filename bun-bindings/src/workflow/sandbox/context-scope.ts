import { type Context, constants, createContext, Script } from 'node:vm';
import type { Scope } from './scope.ts';

const enter = new Script('__temporal_enter()', { filename: 'temporal-enter.js' });

/** A `vm` context: globals of its own, and a limit to the time that code may run. */
export class ContextScope implements Scope {
  readonly #context: Context;
  readonly #timeoutMs: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#context = createContext(constants.DONT_CONTEXTIFY, { name: 'workflows', microtaskMode: 'afterEvaluate' });
  }

  evaluate(script: Script): unknown {
    return script.runInContext(this.#context);
  }

  enter(): unknown {
    return enter.runInContext(this.#context, { timeout: this.#timeoutMs, displayErrors: false });
  }
}
