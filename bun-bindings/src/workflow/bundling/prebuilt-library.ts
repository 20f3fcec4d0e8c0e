import { readFileSync, realpathSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { BuildOutput, BuiltMap } from './bun-build.ts';
import { packageCandidates, packageName } from './bundle-dependencies.ts';
import type { ModuleImports } from './import-chain.ts';
import type { MappedCode } from './loaded-bundle.ts';
import { moduleMatches, withoutNodePrefix } from './module-rules.ts';

/** A library bundle that was built ahead of time. Files are named by their package and their path in it. */
interface PrebuiltLibrary {
  code: string;
  mappings: string;
  sources: string[];
  /** All that the code was made from, and what made it. */
  files: string[];
  /** Of the contents of `files`. */
  hash: string;
  /** The packages that these are from. */
  packages: PackageImport[];
  /** What the modules import from packages, as they name it. */
  specifiers: string[];
}

/** A package, and one that imports it: this package, or one that comes before in a list. */
interface PackageImport {
  name: string;
  importer: string;
}

/** Folders of packages, by their names. */
type PackageFolders = Map<string, string>;

const OWN = 'temporal-bun-sdk';
const ownFolder = join(import.meta.dir, '../../..');

/** Where it is in this package, which is published with it. `scripts/prebuild-library.ts` writes it. */
const FILE = 'prebuilt/library-bundle.json';

/**
 * The library bundle that this package comes with, which saves a first start most of the time that bundling takes. Read at
 * once: what a late cache has to write would come in between.
 *
 * @param ignoreModules what a bundle is to leave out.
 * @param folder of this package.
 * @returns undefined if there is none, or a build would make another: of packages that have changed, say.
 */
export function readPrebuiltLibrary(
  ignoreModules: readonly string[],
  folder: string = ownFolder,
): MappedCode | undefined {
  let prebuilt: PrebuiltLibrary;
  try {
    prebuilt = JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as PrebuiltLibrary;
  } catch {
    return undefined;
  }
  const { code, mappings, sources, files, hash, packages, specifiers } = prebuilt;
  if (isAffected(specifiers, ignoreModules)) return undefined;
  const folders = findPackages(packages, folder);
  if (folders === undefined || hashOfFiles(files, folders) !== hash) return undefined;
  const map: Omit<BuiltMap, 'sourcesContent'> = {
    version: 3,
    sources: sources.map((name) => pathOf(name, folders)),
    names: [],
    mappings,
  };
  return { code, map: JSON.stringify(map) };
}

/** Writes what {@link readPrebuiltLibrary} reads. `inputs` are all files that decide what comes out of a build. */
export async function writePrebuiltLibrary(
  { code, map, inputs, imports }: Pick<BuildOutput, 'code' | 'map' | 'inputs' | 'imports'>,
  folder: string = ownFolder,
): Promise<void> {
  // A build tells of modules in any order; what is written is to be the same each time.
  const ordered = new Map([...imports].sort(([one], [other]) => (one < other ? -1 : 1)));
  const packages = packagesOf(ordered);
  const folders = findPackages(packages, folder);
  const settings = packages.map(({ name }) => `${name}/package.json`);
  const name = (path: string) => nameOf(path, folder);
  const files = [...inputs.map(name), ...settings].sort();
  const hash = folders && hashOfFiles(files, folders);
  if (hash === undefined) throw new Error('The packages of the library bundle cannot be found');
  const specifiers = [...new Set([...ordered.values()].flat().map(({ specifier }) => specifier))].filter(isPackage);
  const prebuilt: PrebuiltLibrary = {
    code,
    mappings: map.mappings,
    sources: map.sources.map(name),
    files,
    hash,
    packages,
    specifiers,
  };
  const file = join(folder, FILE);
  await mkdir(dirname(file), { recursive: true });
  // A worker may read it at this moment.
  await writeFile(`${file}.new`, JSON.stringify(prebuilt));
  await rename(`${file}.new`, file);
}

/** Whether a build would leave out something that modules import by these names. */
function isAffected(specifiers: string[], ignoreModules: readonly string[]): boolean {
  return (
    !ignoreModules.every(isPackage) ||
    specifiers.some((specifier) => moduleMatches(withoutNodePrefix(specifier), ignoreModules))
  );
}

function isPackage(specifier: string): boolean {
  return !/^[./]/.test(specifier);
}

/** The packages that a build came to. What several import is looked up from this package, if that is one of them. */
function packagesOf(imports: ModuleImports): PackageImport[] {
  const found = new Map([[OWN, '']]);
  for (const importer of found.keys()) {
    for (const [path, imported] of imports) {
      if ((packageOf(path) ?? OWN) !== importer) continue;
      for (const { path: target } of imported) {
        const name = packageOf(target);
        if (name !== undefined && !found.has(name)) found.set(name, importer);
      }
    }
  }
  found.delete(OWN);
  return [...found].map(([name, importer]) => ({ name, importer }));
}

/** The folders of packages, looked up as an import is. Undefined if one is missing. */
function findPackages(packages: PackageImport[], folder: string): PackageFolders | undefined {
  const folders: PackageFolders = new Map([[OWN, folder]]);
  try {
    for (const { name, importer } of packages) {
      const candidates = [...packageCandidates(folders.get(importer) as string, name)];
      folders.set(name, realpathSync(candidates.at(-1) as string));
    }
  } catch {
    return undefined;
  }
  return folders;
}

/** Undefined if a file is missing. */
function hashOfFiles(files: string[], folders: PackageFolders): string | undefined {
  const hash = new Bun.CryptoHasher('sha256');
  try {
    for (const name of files) hash.update(`${name}\n`).update(readFileSync(pathOf(name, folders)));
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}

/** The package that a file belongs to; undefined for a module that is made up. */
function packageOf(path: string): string | undefined {
  return isAbsolute(path) ? packageName(nameOf(path, ownFolder)) : undefined;
}

/** A file by its package and its path in it. Modules that are made up keep their names. */
function nameOf(path: string, folder: string): string {
  if (!isAbsolute(path)) return path;
  const [, ...inPackages] = path.split(/[\\/]node_modules[\\/]/);
  return inPackages.at(-1) ?? `${OWN}/${relative(folder, path)}`;
}

/** The opposite of {@link nameOf}. */
function pathOf(name: string, folders: PackageFolders): string {
  const owner = packageName(name) ?? '';
  const folder = folders.get(owner);
  return folder === undefined ? name : join(folder, name.slice(owner.length + 1));
}
