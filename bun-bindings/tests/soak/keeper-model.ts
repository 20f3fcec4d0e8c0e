/** The state that a keeper knows of itself, from each place where it keeps some. */
export interface KeeperState {
  /** One sum for each place; all are the same unless another run has had its hands on one. */
  module: number;
  importedModule: number;
  staticField: number;
  closure: number;
  globalThis: number;
  /** Sums of the two lanes, which find their store by `AsyncLocalStorage` alone. */
  lanes: [even: number, odd: number];
}

/** The sum after `amount` came in. It depends on the order of the amounts. */
export function fold(sum: number, amount: number): number {
  return (Math.imul(sum, 31) + amount) >>> 0;
}

/** A model of a keeper: computes the state that it has to have. */
export class KeeperModel {
  #sum: number;
  readonly #lanes: [number, number];

  constructor(seed: number, firstAmount: number) {
    this.#sum = seed;
    this.#lanes = [seed, seed];
    this.add(firstAmount);
  }

  add(amount: number): void {
    this.#sum = fold(this.#sum, amount);
    const lane = amount % 2 === 0 ? 0 : 1;
    this.#lanes[lane] = fold(this.#lanes[lane], amount);
  }

  get state(): KeeperState {
    const sum = this.#sum;
    const lanes: [number, number] = [...this.#lanes];
    return { module: sum, importedModule: sum, staticField: sum, closure: sum, globalThis: sum, lanes };
  }
}
