import { readdirSync, readFileSync } from 'node:fs';
import { type Slope, slopeOf } from './slope.ts';

const SAMPLE_MS = 1_000;
/** So many samples make a slope that means something. */
const ENOUGH = 60;

/** Memory in bytes, threads and descriptors of a process. */
export interface Holdings {
  readonly rss: number;
  readonly threads: number;
  readonly descriptors: number;
}

export function holdingsOf(pid: number): Holdings {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    rss: number('VmRSS') * 1024,
    threads: number('Threads'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** The holdings of a process, second by second, until {@link end}. */
export class HoldingsRecord implements Disposable {
  readonly #read: () => Holdings;
  readonly #begin = performance.now();
  readonly #samples: { at: number; holdings: Holdings }[] = [];
  readonly #timer: Timer;

  constructor(read: () => Holdings) {
    this.#read = read;
    this.#timer = setInterval(() => this.#takeSample(), SAMPLE_MS);
  }

  /** The first after so many ms. */
  after(ms: number): Holdings {
    return (this.#samples.find(({ at }) => at >= ms) ?? this.#sample()).holdings;
  }

  /** Ends the record, before the process does. Gives the last of it. */
  end(): Holdings {
    this[Symbol.dispose]();
    return this.#sample().holdings;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Growth between two times in ms, unless that is too short to tell. */
  slopes(from: number, to: number): Record<keyof Holdings, Slope> | undefined {
    const samples = this.#samples.filter(({ at }) => at >= from && at < to);
    if (samples.length < ENOUGH) return undefined;
    const of = (what: keyof Holdings) => slopeOf(samples.map(({ at, holdings }) => ({ at, value: holdings[what] })));
    return { rss: of('rss'), threads: of('threads'), descriptors: of('descriptors') };
  }

  #takeSample(): void {
    try {
      this.#samples.push(this.#sample());
    } catch (error) {
      // Whoever started a process that has crashed says so.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  #sample() {
    return { at: performance.now() - this.#begin, holdings: this.#read() };
  }
}
