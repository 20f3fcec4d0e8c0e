import type { BuildChanges } from './build-changes.ts';
import type { UserBundle } from './build-user-bundle.ts';
import type { BundleCache } from './bundle-cache.ts';
import { resolveModules, type UserBundleOptions } from './bundle-sources.ts';
import type { Entry } from './module-graph.ts';
import { resolveShared } from './shared-modules.ts';

/**
 * Builds the user bundle, or reads it from the cache if none of its inputs has changed.
 *
 * @param changesOf tells what the project changes in the build, given the entry of the bundle.
 */
export async function userBundle(
  options: UserBundleOptions,
  cache: BundleCache,
  changesOf: (workflows: Entry) => Promise<BuildChanges | undefined>,
): Promise<UserBundle & { cached: boolean; key: string | undefined }> {
  const started = Date.now();
  const sources = resolveModules(options);
  const changes = await changesOf(sources.entry);
  if (changes !== undefined) {
    // Not cached: nobody knows what the changes depend on.
    const { buildUserBundle } = await builder();
    const { made } = await buildUserBundle(sources, changes);
    return { ...made, cached: false, key: undefined };
  }
  const key = JSON.stringify(['user', sources, resolveShared('@temporalio/workflow')]);
  const known = cache.read<UserBundle>(key);
  if (known !== undefined) return { ...known, cached: true, key };

  const { buildUserBundle } = await builder();
  const { made, dependencies } = await buildUserBundle(sources, undefined);
  await cache.write(key, made, dependencies, started);
  return { ...made, cached: false, key };
}

/** Loads what builds a bundle on demand: most starts find theirs in the cache. */
function builder() {
  return import('./build-user-bundle.ts');
}
