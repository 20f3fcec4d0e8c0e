export type Pair = [name: string, value: string];

/**
 * The pairs of a query: in order, and by their names. Each change and each question takes as long as there are pairs of that name,
 * however many others there are.
 */
export class QueryPairs {
  /** In order. May contain pairs that were deleted. */
  #all: Pair[] = [];
  #byName = new Map<string, Pair[]>();
  readonly #deleted = new Set<Pair>();

  constructor(pairs: Iterable<Pair> = []) {
    for (const pair of pairs) this.append(pair);
  }

  get size(): number {
    return this.#all.length - this.#deleted.size;
  }

  append(pair: Pair): void {
    this.#all.push(pair);
    const named = this.#byName.get(pair[0]);
    if (named === undefined) this.#byName.set(pair[0], [pair]);
    else named.push(pair);
  }

  /** The pairs with a name, in order. */
  named(name: string): readonly Pair[] {
    return this.#byName.get(name) ?? [];
  }

  /** Gives the first pair with a name another value, and deletes the others. Appends a pair if there is none. */
  set(name: string, value: string): void {
    const [first, ...others] = this.named(name);
    if (first === undefined) {
      this.append([name, value]);
      return;
    }
    first[1] = value;
    for (const other of others) this.#deleted.add(other);
    this.#byName.set(name, [first]);
  }

  /** Deletes the pairs with a name, or those of them with a value. */
  delete(name: string, value: string | undefined): void {
    const named = this.named(name);
    const left = value === undefined ? [] : named.filter((pair) => pair[1] !== value);
    for (const pair of named) if (value === undefined || pair[1] === value) this.#deleted.add(pair);
    if (left.length > 0) this.#byName.set(name, left);
    else this.#byName.delete(name);
  }

  /** Sorts by names, in the order of their code units. Pairs of the same name stay in order. */
  sort(): void {
    this.inOrder().sort((one, other) => (one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0));
  }

  /** All pairs. The list is of no more use after a change. */
  inOrder(): Pair[] {
    if (this.#deleted.size > 0) {
      this.#all = this.#all.filter((pair) => !this.#deleted.has(pair));
      this.#deleted.clear();
    }
    return this.#all;
  }
}
