import type { BundleCache } from './bundle-cache.ts';
import { dependenciesOf, ownSources } from './bundle-dependencies.ts';
import type { MappedCode } from './loaded-bundle.ts';
import { readPrebuiltLibrary } from './prebuilt-library.ts';
import { commonModules, entryModule } from './shared-modules.ts';

/**
 * Gives the library bundle of a bundle: the code inside an isolate, and the modules that workflow code shares with it. Most
 * bundles need the one that this package comes with. Others are built, and kept in a cache directory.
 *
 * @param shared names of modules that workflow code finds in it, by their files.
 */
export async function libraryBundle(
  shared: ReadonlyMap<string, string>,
  ignoreModules: readonly string[],
  cache: BundleCache,
): Promise<MappedCode> {
  const entry = entryModule(shared);
  const prebuilt = entry === entryModule(commonModules()) ? readPrebuiltLibrary(ignoreModules) : undefined;
  if (prebuilt !== undefined) return prebuilt;
  const started = Date.now();
  const key = JSON.stringify(['library', entry, ignoreModules]);
  const cached = cache.read<MappedCode>(key);
  if (cached !== undefined) return cached;

  // Loaded on demand: a build is seldom needed.
  const { buildLibrary } = await import('./build-library.ts');
  const { code, map, inputs, imports } = await buildLibrary(shared, ignoreModules);
  // The sources of the library are on every disk that it is installed on: no need to carry them in each bundle.
  const { sourcesContent: _, ...mapWithoutContents } = map;
  const part = { code, map: JSON.stringify(mapWithoutContents) };
  await cache.write(key, part, dependenciesOf([...inputs, ...ownSources()], imports), started);
  return part;
}
