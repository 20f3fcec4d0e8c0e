import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const source = `${import.meta.dir}/fixtures/jumping-clock.c`;

/** The wall clock of a process, which is moved while it runs. Its monotonic clock, and the clocks of others, stay as they are. */
export class WallClock {
  readonly #library: string;
  readonly #offsetPath: string;

  private constructor(library: string, offsetPath: string) {
    this.#library = library;
    this.#offsetPath = offsetPath;
    writeFileSync(offsetPath, new BigInt64Array(1));
  }

  /** Compiles what moves clocks, into `folder`. Gives a maker of clocks that all show the right time. */
  static async compile(folder: string): Promise<() => WallClock> {
    const library = join(folder, 'jumping-clock.so');
    const compiler = Bun.spawn(['cc', '-shared', '-fPIC', '-O2', '-o', library, source], { stdout: 'inherit' });
    if ((await compiler.exited) !== 0) throw new Error(`${source} does not compile`);
    let clocks = 0;
    return () => new WallClock(library, join(folder, `clock-${clocks++}`));
  }

  /** Environment of a process that is to have this clock. */
  get environment(): Record<string, string> {
    return { LD_PRELOAD: this.#library, CLOCK_OFFSET_FILE: this.#offsetPath };
  }

  /** Sets the clock to so many seconds after the right time. */
  jump(seconds: number): void {
    // In place: a process that has mapped the file dies if it is shorter for a moment.
    writeFileSync(this.#offsetPath, new BigInt64Array([BigInt(seconds)]), { flag: 'r+' });
  }
}
