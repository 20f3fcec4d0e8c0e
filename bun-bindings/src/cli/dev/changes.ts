import { type FSWatcher, watch } from 'node:fs';

/** Files whose change makes a difference to a worker. */
const WATCHED = /\.([cm]?[jt]sx?|json|toml|txt|ya?ml)$/;
/** Folders that are not looked at. */
const SKIPPED = /(^|[\\/])(node_modules|\.[^\\/]+|dist|build|coverage)[\\/]/;
/** Editors write a file in several steps. */
const SETTLED_MS = 50;

/** Changes of files in a folder. Those that come while nobody waits are kept, as one. */
export class Changes {
  readonly #watcher: FSWatcher;
  #changed = new Set<string>();
  #wake = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(folder: string) {
    this.#watcher = watch(folder, { recursive: true }, (_, name) => {
      if (name === null || !WATCHED.test(name) || SKIPPED.test(name)) return;
      this.#changed.add(name);
      this.#wake.resolve();
    });
  }

  /** Resolves with the files that have changed since the last call, once there are any. Undefined after `close()`. */
  async next(): Promise<string[] | undefined> {
    await this.#wake.promise;
    if (this.#isClosed) return undefined;
    await Bun.sleep(SETTLED_MS);
    const changed = [...this.#changed].sort();
    this.#changed = new Set();
    this.#wake = Promise.withResolvers();
    if (this.#isClosed) this.#wake.resolve();
    return changed;
  }

  close(): void {
    this.#isClosed = true;
    this.#watcher.close();
    this.#wake.resolve();
  }
}
