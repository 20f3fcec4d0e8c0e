import type { Activator, Completion, Condition } from '@temporalio/workflow/lib/internals';
import { host } from './bridge.ts';
import type { Place } from './place.ts';
import { mapSet } from './primordials.ts';
import { rawStackOf } from './raw-stack.ts';

/** An error that was made where something began that a run waits for. Nobody reads its stack unless a query asks. */
type Mark = Error;

const mark = Symbol('mark');

/** How many promises of a run's own are known of its first ones, and as many of its last ones. */
const MAX_PROMISES = 100;

type Marked = (Completion<unknown> | Condition) & { [mark]?: Mark };

/** The prototype of maps that mark what is put into them. All runs share it. */
export const markingMap = {
  __proto__: Map.prototype,
  set(this: Map<number, Marked>, seq: number, awaited: Marked) {
    awaited[mark] = new Error();
    return mapSet(this, seq, awaited);
  },
};

/** The activator's tables of what a run waits for. */
function tablesOf({ completions, blockedConditions }: Activator): Map<number, Marked>[] {
  return [...Object.values(completions), blockedConditions] as Map<number, Marked>[];
}

/**
 * The places in its code where a run waits: for the server, in the activator's own tables, or for a promise of its own.
 *
 * An engine cannot be asked where a promise is awaited, so the place is noted where the wait begins. Making an error costs
 * about a microsecond; its text, with the callers that wait for their part, is only made when it is read.
 */
export class Waits {
  // A promise that is never settled stays, as code that races for the first of several leaves them behind. Where a run has many,
  // the first and the last tell most.
  readonly #firstPromises = new Map<Promise<unknown>, Mark>();
  readonly #lastPromises = new Map<Promise<unknown>, Mark>();

  /** Notes from now on where what `activator` waits for began. */
  static watch(activator: Activator): void {
    // A method of their own would cost each of the maps some memory.
    for (const table of tablesOf(activator)) Object.setPrototypeOf(table, markingMap);
  }

  /** Notes that workflow code has made a promise. */
  begin(promise: Promise<unknown>, at: Mark): void {
    if (this.#firstPromises.size < MAX_PROMISES) {
      this.#firstPromises.set(promise, at);
      return;
    }
    this.#lastPromises.set(promise, at);
    if (this.#lastPromises.size <= MAX_PROMISES) return;
    const oldest = this.#lastPromises.keys().next().value;
    if (oldest !== undefined) this.#lastPromises.delete(oldest);
  }

  end(promise: Promise<unknown>): void {
    if (!this.#firstPromises.delete(promise)) this.#lastPromises.delete(promise);
  }

  /** Where the run of `activator` waits now, each place once. */
  stacks(activator: Activator): Place[] {
    const marks = tablesOf(activator).flatMap((table) => [...table.values()].map((awaited) => awaited[mark]));
    const places = new Map<string, Place>();
    for (const at of [...marks, ...this.#firstPromises.values(), ...this.#lastPromises.values()]) {
      const stack = at && rawStackOf(at);
      if (typeof stack !== 'string') continue;
      const place = JSON.parse(host.placeOf(stack)) as Place;
      if (place.formatted !== '') places.set(place.formatted, place);
    }
    return [...places.values()];
  }
}
