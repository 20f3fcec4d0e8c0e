import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundlePart } from './bundle.ts';

/** A built part, and the files that it was made from: it holds as long as none of them has changed. */
interface Entry extends BundlePart {
  inputs: [path: string, modified: number, size: number][];
}

/** `.cache` of the `node_modules` that this package is installed in, or has of its own when it is developed. */
const directory = join(
  /^(.*[\\/]node_modules)[\\/]/.exec(import.meta.dir)?.[1] ?? join(import.meta.dir, '../../node_modules'),
  '.cache/temporal-bun-sdk',
);

function fileOf(key: string): string {
  const hash = createHash('sha256').update(Bun.version).update(key).digest('hex').slice(0, 16);
  return join(directory, `workflow-library-${hash}.json`);
}

/** The part that was cached for `key`, unless one of the files that it was made from has changed since. */
export async function readCachedPart(key: string): Promise<BundlePart | undefined> {
  try {
    const { code, map, inputs } = JSON.parse(await readFile(fileOf(key), 'utf8')) as Entry;
    const fresh = await Promise.all(
      inputs.map(async ([path, modified, size]) => {
        const now = await stat(path);
        return now.mtimeMs === modified && now.size === size;
      }),
    );
    return fresh.every(Boolean) ? { code, map } : undefined;
  } catch {
    // Not there, half written, or made from files that are gone.
    return undefined;
  }
}

/** Keeps a part. A project that cannot be written to does without a cache. */
export async function cachePart(key: string, { code, map }: BundlePart, inputs: string[]): Promise<void> {
  try {
    const entry: Entry = {
      code,
      map,
      inputs: await Promise.all(
        inputs.map(async (path): Promise<Entry['inputs'][number]> => {
          const { mtimeMs, size } = await stat(path);
          return [path, mtimeMs, size];
        }),
      ),
    };
    const file = fileOf(key);
    await mkdir(directory, { recursive: true });
    // Written aside and renamed: another process may read it at this moment.
    const aside = `${file}.${process.pid}`;
    await writeFile(aside, JSON.stringify(entry));
    await rename(aside, file).catch(() => rm(aside, { force: true }));
  } catch {}
}
