import { type Context, constants, createContext, Script } from 'node:vm';
import type { Scope } from './scope.ts';
import type { TurnListener } from './turn-listener.ts';

const enter = new Script('__temporal_enter()', { filename: 'temporal-enter.js' });

/** Makes globals for a {@link ContextScope}. */
export function newContext(): Context {
  return createContext(constants.DONT_CONTEXTIFY, { name: 'workflows', microtaskMode: 'afterEvaluate' });
}

/** A `vm` context: globals of its own, and a limit to the time that code may run. */
export class ContextScope implements Scope {
  readonly #context: Context;
  readonly #timeoutMs: number;
  readonly #turns: TurnListener | undefined;

  /** @param context globals that {@link newContext} has made for this scope. */
  constructor(timeoutMs: number, turns?: TurnListener, context: Context = newContext()) {
    this.#timeoutMs = timeoutMs;
    this.#turns = turns;
    this.#context = context;
  }

  evaluate(script: Script): unknown {
    return script.runInContext(this.#context);
  }

  enter(): unknown {
    this.#turns?.entered();
    try {
      return enter.runInContext(this.#context, { timeout: this.#timeoutMs, displayErrors: false });
    } finally {
      this.#turns?.left();
    }
  }
}
