import { readFileSync, realpathSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { BuildOutput, BuiltMap } from './bun-build.ts';
import { packageCandidates, packageName } from './bundle-dependencies.ts';
import type { ModuleImports } from './import-chain.ts';
import type { MappedCode } from './loaded-bundle.ts';
import { moduleMatches, withoutNodePrefix } from './module-rules.ts';

/** The first line of a library bundle that was built ahead of time. Files are named by package and path in the package. */
interface PrebuiltHeader {
  /** Bytes of the code. The mappings follow it. */
  codeBytes: number;
  mappingsBytes: number;
  sources: string[];
  /** The inputs of the build and the sources of the bundler. */
  files: string[];
  /** A hash of the contents of `files`. */
  hash: string;
  /** The packages of `files`. */
  packages: PackageImport[];
  /** The specifiers of imports from packages. */
  specifiers: string[];
}

/** A package and one of its importers, which is this package or an earlier one in the list. */
interface PackageImport {
  name: string;
  importer: string;
}

/** Folders of packages by package name. */
type PackageFolders = Map<string, string>;

const OWN = 'temporal-bun-sdk';
const ownFolder = join(import.meta.dir, '../../..');

/**
 * The file in this package, written by `scripts/prebuild-library.ts` and published: a line of JSON, the code, and the mappings of
 * its source map. To parse these as JSON would take a third of the time of reading them.
 */
const FILE = 'prebuilt/library-bundle.txt';

/**
 * Reads the library bundle that is published with this package. It makes the first start of a worker about 45 ms
 * faster. Reads synchronously, so that a deferred cache write cannot run first.
 *
 * @param ignoreModules the modules that the bundle must leave out.
 * @param folder the folder of this package.
 * @returns undefined if there is none, or if a build would give another result, for example with other package
 * versions.
 */
export function readPrebuiltLibrary(
  ignoreModules: readonly string[],
  folder: string = ownFolder,
): MappedCode | undefined {
  let contents: Buffer;
  let start: number;
  let header: PrebuiltHeader;
  try {
    contents = readFileSync(join(folder, FILE));
    start = contents.indexOf('\n') + 1;
    header = JSON.parse(contents.toString('utf8', 0, start)) as PrebuiltHeader;
  } catch {
    return undefined;
  }
  const { codeBytes, mappingsBytes, sources, files, hash, packages, specifiers } = header;
  const end = start + codeBytes;
  if (contents.length !== end + mappingsBytes) return undefined;
  if (isAffected(specifiers, ignoreModules)) return undefined;
  const folders = findPackages(packages, folder);
  if (folders === undefined || hashOfFiles(files, folders) !== hash) return undefined;
  const map: Omit<BuiltMap, 'sourcesContent' | 'mappings'> = {
    version: 3,
    sources: sources.map((name) => pathOf(name, folders)),
    names: [],
  };
  // Mappings have no character that JSON escapes, or that takes more than a byte.
  const mappings = `,"mappings":"${contents.toString('latin1', end)}"}`;
  return { code: contents.toString('utf8', start, end), map: JSON.stringify(map).slice(0, -1) + mappings };
}

/** Writes the file of {@link readPrebuiltLibrary}. `inputs` are all files that determine the result of a build. */
export async function writePrebuiltLibrary(
  { code, map, inputs, imports }: Pick<BuildOutput, 'code' | 'map' | 'inputs' | 'imports'>,
  folder: string = ownFolder,
): Promise<void> {
  // A build lists modules in varying order. Sort them, so that the file is reproducible.
  const ordered = new Map([...imports].sort(([one], [other]) => (one < other ? -1 : 1)));
  const packages = packagesOf(ordered);
  const folders = findPackages(packages, folder);
  const settings = packages.map(({ name }) => `${name}/package.json`);
  const name = (path: string) => nameOf(path, folder);
  const files = [...inputs.map(name), ...settings].sort();
  const hash = folders && hashOfFiles(files, folders);
  if (hash === undefined) throw new Error('The packages of the library bundle cannot be found');
  const specifiers = [...new Set([...ordered.values()].flat().map(({ specifier }) => specifier))].filter(isPackage);
  const header: PrebuiltHeader = {
    codeBytes: Buffer.byteLength(code),
    mappingsBytes: Buffer.byteLength(map.mappings),
    sources: map.sources.map(name),
    files,
    hash,
    packages,
    specifiers,
  };
  const file = join(folder, FILE);
  await mkdir(dirname(file), { recursive: true });
  // Rename a temporary file, because a worker may read the file at the same time.
  await writeFile(`${file}.new`, `${JSON.stringify(header)}\n${code}${map.mappings}`);
  await rename(`${file}.new`, file);
}

/** Whether `ignoreModules` affects an import with one of these specifiers. */
function isAffected(specifiers: string[], ignoreModules: readonly string[]): boolean {
  return (
    !ignoreModules.every(isPackage) ||
    specifiers.some((specifier) => moduleMatches(withoutNodePrefix(specifier), ignoreModules))
  );
}

function isPackage(specifier: string): boolean {
  return !/^[./]/.test(specifier);
}

/** Lists the packages of a build, each with one importer. This package is preferred as the importer. */
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

/** Resolves the folders of packages like imports. Undefined if one is missing. */
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

/** Hashes the contents of files. Undefined if a file is missing. */
function hashOfFiles(files: string[], folders: PackageFolders): string | undefined {
  const hash = new Bun.CryptoHasher('sha256');
  try {
    for (const name of files) hash.update(`${name}\n`).update(readFileSync(pathOf(name, folders)));
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}

/** Returns the package of a file. Undefined for a virtual module. */
function packageOf(path: string): string | undefined {
  return isAbsolute(path) ? packageName(nameOf(path, ownFolder)) : undefined;
}

/** Names a file by package and path in the package. Virtual modules keep their names. */
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
