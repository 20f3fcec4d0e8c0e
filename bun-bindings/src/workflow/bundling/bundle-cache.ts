import { deserialize, serialize } from 'bun:jsc';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { areFresh, hashOf, type StampedPaths, type Stamps, takeStamps } from './file-stamps.ts';

interface Entry {
  value: unknown;
  stamps: Stamps;
}

/** Age at which entries are deleted. Checked when another entry is written. */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;

/**
 * Caches build results in files. An entry is valid while the inputs of its build have not changed.
 *
 * Entries use the engine's own serialization, which is bound to one version of Bun. JSON is slower: writing a large
 * bundle would take a third of the time of building it.
 */
export class BundleCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads the entry of `key`. Undefined if there is none, or if an input of its build has changed. */
  read<T>(key: string): T | undefined {
    try {
      const { value, stamps } = deserialize(readFileSync(this.#fileOf(key))) as Entry;
      return areFresh(stamps) ? (value as T) : undefined;
    } catch {
      // Missing or not readable.
      return undefined;
    }
  }

  /**
   * Writes `value`, which was built from `dependencies` in a build that started at `started` (ms since the epoch). Does
   * nothing if the directory is not writable.
   */
  async write(key: string, value: unknown, dependencies: StampedPaths, started: number): Promise<void> {
    try {
      const stamps = takeStamps(dependencies, started);
      if (stamps === undefined) return;
      const file = this.#fileOf(key);
      await mkdir(this.#folder, { recursive: true });
      // Write a temporary file and rename it, because another process may read or write the entry at the same time.
      const aside = `${file}.${crypto.randomUUID()}`;
      await writeFile(aside, serialize({ value, stamps } satisfies Entry, { binaryType: 'nodebuffer' }));
      await rename(aside, file).catch(() => rm(aside, { force: true }));
      await this.#prune();
    } catch {}
  }

  #fileOf(key: string): string {
    return join(
      this.#folder,
      `${hashOf(JSON.stringify([Bun.version, process.cwd(), process.env.NODE_PATH, key]))}.bundle`,
    );
  }

  async #prune(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const file = join(this.#folder, name);
      if (Date.now() - (await stat(file)).mtimeMs > MAX_AGE_MS) await rm(file, { force: true });
    }
  }
}

/** A cache that defers writing, so that the threads of a worker can load the bundle first. */
export class LateCache extends BundleCache {
  override async write(...entry: Parameters<BundleCache['write']>): Promise<void> {
    setImmediate(() => super.write(...entry));
  }
}

/** `.cache` in the `node_modules` in which this package is installed, or in its own `node_modules` in a checkout. */
const defaultFolder = join(
  /^(.*[\\/]node_modules)[\\/]/.exec(import.meta.dir)?.[1] ?? join(import.meta.dir, '../../../node_modules'),
  '.cache/temporal-bun-sdk',
);
export const defaultCache = new BundleCache(defaultFolder);
/** A cache with deferred writes in the same folder. */
export const lateDefaultCache = new LateCache(defaultFolder);
