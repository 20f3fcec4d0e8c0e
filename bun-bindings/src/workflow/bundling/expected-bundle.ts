import { type BundleCache, lateDefaultCache } from './bundle-cache.ts';
import type { LoadedBundle } from './loaded-bundle.ts';
import { readPrebuiltLibrary } from './prebuilt-library.ts';

/** A bundle whose user bundle lies in the cache under a key. */
export interface ExpectedBundle {
  key: string;
}

/** The program whose first bundle is to be noted, with the one that it had the last time. */
let noting: { program: string; last: string | undefined } | undefined;

/**
 * Tells which bundle the next worker of a program is likely to load: the one that its first worker has loaded the last time. The one
 * that comes is noted for the next time.
 */
export function expectBundle(program: string, cache: BundleCache = lateDefaultCache): ExpectedBundle | undefined {
  const key = cache.read<string>(nameOf(program));
  noting = { program, last: key };
  return key === undefined ? undefined : { key };
}

/** Notes that a worker loads the user bundle of this key, if {@link expectBundle} waits for one. */
export async function noteBundle(key: string, cache: BundleCache = lateDefaultCache): Promise<void> {
  const { program, last } = noting ?? {};
  noting = undefined;
  if (program === undefined || last === key) return;
  await cache.write(nameOf(program), key, { files: [], folders: [], links: [] }, Date.now());
}

/** Reads a bundle of the cache. Undefined if it is no longer what a build would give. */
export function readExpectedBundle(
  { key }: ExpectedBundle,
  cache: BundleCache = lateDefaultCache,
): LoadedBundle | undefined {
  const user = cache.read<{ part: LoadedBundle['workflows'] }>(key);
  const library = user && readPrebuiltLibrary([]);
  return library && { library, workflows: user.part };
}

function nameOf(program: string): string {
  return JSON.stringify(['first bundle', program]);
}
