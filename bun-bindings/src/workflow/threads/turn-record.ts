import type { TurnListener } from '../sandbox/turn-listener.ts';

const HEADER_BYTES = 3 * Int32Array.BYTES_PER_ELEMENT;
/** Room for the id and the type of a run. Longer ones are cut. */
const LABEL_BYTES = 1024;

/** Creates the shared memory of a record. */
export function newTurnMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + LABEL_BYTES);
}

/** Shows the run that a workflow thread is at, in memory that the main thread reads: a thread that is stuck answers no messages. */
export class TurnRecord implements TurnListener {
  /**
   * The number of entries and exits, which is odd while workflow code runs; the length of the label; and whether somebody looks at
   * the record.
   */
  readonly #header: Int32Array;
  readonly #label: Buffer;
  readonly #onUnwatched: () => void;

  /** @param onUnwatched called when workflow code runs and nobody looks at the record; not again before {@link unwatch}. */
  constructor(memory: SharedArrayBuffer, onUnwatched: () => void = () => {}) {
    this.#onUnwatched = onUnwatched;
    this.#header = new Int32Array(memory, 0, 3);
    this.#label = Buffer.from(memory, HEADER_BYTES, LABEL_BYTES);
  }

  began(runId: string, workflowType = ''): void {
    Atomics.store(this.#header, 1, this.#label.write(`${runId}\n${workflowType}`));
  }

  entered(): void {
    Atomics.add(this.#header, 0, 1);
    if (Atomics.load(this.#header, 2) === 0 && Atomics.exchange(this.#header, 2, 1) === 0) this.#onUnwatched();
  }

  left(): void {
    Atomics.add(this.#header, 0, 1);
  }

  /** Names the stretch of workflow code that runs now. Undefined if none does. */
  get stretch(): number | undefined {
    const count = Atomics.load(this.#header, 0);
    return count % 2 === 0 ? undefined : count;
  }

  /** The number of entries and exits so far. It stays the same while the thread waits for tasks. */
  get steps(): number {
    return Atomics.load(this.#header, 0);
  }

  /** Nobody looks at the record from now on. Returns false, and changes nothing, if workflow code runs. */
  unwatch(): boolean {
    Atomics.store(this.#header, 2, 0);
    // The thread may have entered before it could see that.
    return this.stretch === undefined || Atomics.exchange(this.#header, 2, 1) !== 0;
  }

  /** The run whose activation was applied last. */
  get run(): { runId: string; workflowType: string } {
    const [runId = '', workflowType = ''] = this.#label.toString('utf8', 0, Atomics.load(this.#header, 1)).split('\n');
    return { runId, workflowType };
  }

  /** Forgets what a thread has left behind. */
  reset(): void {
    Atomics.store(this.#header, 0, 0);
  }
}
