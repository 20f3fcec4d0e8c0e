import type { Holdings, Member } from './fleet.ts';
import { type Slope, slopeOf } from './slope.ts';

const SAMPLE_MS = 1_000;
/** So many samples make a slope that means something. */
const ENOUGH = 60;

/** What a worker holds, second by second. */
export class HoldingsRecord implements Disposable {
  readonly #member: Member;
  readonly #begin = performance.now();
  readonly #samples: { at: number; holdings: Holdings }[] = [];
  readonly #timer: Timer;

  constructor(member: Member) {
    this.#member = member;
    this.#timer = setInterval(() => this.#samples.push(this.#sample()), SAMPLE_MS);
  }

  /** The first after so many ms. */
  after(ms: number): Holdings {
    return (this.#samples.find(({ at }) => at >= ms) ?? this.#sample()).holdings;
  }

  now(): Holdings {
    return this.#sample().holdings;
  }

  /** Growth between two times in ms, unless that is too short to tell. */
  slopes(from: number, to: number): Record<keyof Holdings, Slope> | undefined {
    const samples = this.#samples.filter(({ at }) => at >= from && at < to);
    if (samples.length < ENOUGH) return undefined;
    const of = (what: keyof Holdings) => slopeOf(samples.map(({ at, holdings }) => ({ at, value: holdings[what] })));
    return { rss: of('rss'), threads: of('threads'), descriptors: of('descriptors') };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample() {
    return { at: performance.now() - this.#begin, holdings: this.#member.holdings() };
  }
}
