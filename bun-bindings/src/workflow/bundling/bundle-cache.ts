import { deserialize, serialize } from 'bun:jsc';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { areFresh, hashOf, type StampedPaths, type Stamps, takeStamps } from './file-stamps.ts';

interface Entry {
  value: unknown;
  stamps: Stamps;
}

/** Entries that were not written for this long are given up when another is. */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;

/**
 * What was built, in files: it holds as long as what it was made from has not changed.
 *
 * They are in the engine's own form, which belongs to one version of Bun: to write a large bundle as JSON takes as long as a
 * third of making it.
 */
export class BundleCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What was cached for `key`, unless something that it was made from has changed since. */
  async read<T>(key: string): Promise<T | undefined> {
    try {
      const { value, stamps } = deserialize(await readFile(this.#fileOf(key))) as Entry;
      return areFresh(stamps) ? (value as T) : undefined;
    } catch {
      // Not there, or not readable.
      return undefined;
    }
  }

  /**
   * Keeps `value`, which was made from `dependencies` since `started` (ms since the epoch). Where nothing can be written
   * there is no cache.
   */
  async write(key: string, value: unknown, dependencies: StampedPaths, started: number): Promise<void> {
    try {
      const stamps = takeStamps(dependencies, started);
      if (stamps === undefined) return;
      const file = this.#fileOf(key);
      await mkdir(this.#folder, { recursive: true });
      // Written aside and renamed: another process may read it at this moment, or write it too.
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

/** A cache that writes when what waits for the value has gone on: a worker's threads load a bundle meanwhile. */
export class LateCache extends BundleCache {
  override async write(...entry: Parameters<BundleCache['write']>): Promise<void> {
    setImmediate(() => super.write(...entry));
  }
}

/** `.cache` of the `node_modules` that this package is installed in, or has of its own when it is developed. */
const defaultFolder = join(
  /^(.*[\\/]node_modules)[\\/]/.exec(import.meta.dir)?.[1] ?? join(import.meta.dir, '../../../node_modules'),
  '.cache/temporal-bun-sdk',
);
export const defaultCache = new BundleCache(defaultFolder);
/** The same files. */
export const lateDefaultCache = new LateCache(defaultFolder);
