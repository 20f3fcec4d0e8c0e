import { blockAt, wordIndexIn } from './memory.ts';

/** A word of the engine's memory, and what it is expected to be. */
export interface Word {
  address: number;
  expected: number;
}

/**
 * Compares words of the engine's memory with what they are expected to be.
 *
 * Lists of numbers and few views: an object and a view for each word would take most of the time to fetch.
 */
export class WatchedWords {
  readonly #blocks: Uint32Array[] = [];
  readonly #indices: Uint16Array;
  readonly #expected: Uint32Array;

  /** @param known blocks of memory that have views already, by their addresses; others are added. */
  constructor(words: readonly Word[], known: Map<number, Uint32Array>) {
    this.#indices = new Uint16Array(words.length);
    this.#expected = new Uint32Array(words.length);
    words.forEach(({ address, expected }, index) => {
      this.#blocks.push(blockAt(address, known));
      this.#indices[index] = wordIndexIn(address);
      this.#expected[index] = expected;
    });
  }

  /** Whether one of the words from `first` up to `end` is another one. Reads none that comes after it. */
  differ(first = 0, end = this.#expected.length): boolean {
    for (let index = first; index < end; index++) {
      const block = this.#blocks[index] as Uint32Array;
      if (block[this.#indices[index] as number] !== this.#expected[index]) return true;
    }
    return false;
  }
}
