import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { StampedPaths } from './file-stamps.ts';
import type { ModuleImports } from './import-chain.ts';

/** Configuration files that affect a build, in the folder of each module and in its parent folders. */
const SETTINGS = ['package.json', 'tsconfig.json', 'jsconfig.json'];

/**
 * Collects all dependencies of a build: its input files, and everything that decided which files these are. That
 * includes files that do not exist but would change the result.
 */
export function dependenciesOf(inputs: Iterable<string>, imports: ModuleImports): StampedPaths {
  const files = new Set(inputs);
  const folders = new Set<string>();
  const links = new Set<string>();
  const above = new Set<string>();
  for (const input of [...files]) {
    const folder = dirname(input);
    folders.add(folder);
    // A module `x.ts` takes precedence over `x/index.ts`.
    if (basename(input).startsWith('index.')) folders.add(dirname(folder));
    for (const ancestor of foldersUp(folder)) above.add(ancestor);
  }
  for (const folder of above) {
    for (const name of SETTINGS) {
      const path = join(folder, name);
      files.add(path);
      if (name !== 'package.json') addTsconfig(path, files, folders);
    }
  }
  for (const [importer, imported] of imports) {
    if (!isAbsolute(importer)) continue;
    for (const { specifier } of imported) {
      const name = packageName(specifier);
      if (name === undefined) continue;
      for (const candidate of packageCandidates(dirname(importer), name)) links.add(candidate);
    }
  }
  return { files, folders, links };
}

/** Lists the sources of the bundler itself, because another version may produce another result. */
export function ownSources(): string[] {
  return readdirSync(import.meta.dir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /(?<!\.d|\.test)\.[jt]s$/.test(file.name))
    .map((file) => join(file.parentPath, file.name));
}

/** Yields `folder` and its parent folders. */
export function* foldersUp(folder: string): Generator<string> {
  for (let current = folder; ; current = dirname(current)) {
    yield current;
    if (dirname(current) === current) return;
  }
}

/** Returns the package name in a specifier. Undefined for a path. */
export function packageName(specifier: string): string | undefined {
  return /^(?:@[^/:]+\/)?[^@./:][^/:]*/.exec(specifier)?.[0];
}

/** Yields the folders that the resolution of a package tries, up to the one that exists. */
export function* packageCandidates(from: string, name: string): Generator<string> {
  for (const folder of foldersUp(from)) {
    if (basename(folder) === 'node_modules') continue;
    const candidate = join(folder, 'node_modules', name);
    yield candidate;
    if (existsSync(candidate)) return;
  }
}

/** Adds the files that a `tsconfig.json` extends, and the target folders of its `paths`. */
function addTsconfig(path: string, files: Set<string>, folders: Set<string>): void {
  let config: { extends?: string | string[]; compilerOptions?: { baseUrl?: string; paths?: Record<string, string[]> } };
  try {
    config = Bun.JSONC.parse(readFileSync(path, 'utf8')) as typeof config;
  } catch {
    return;
  }
  const folder = dirname(path);
  const { baseUrl, paths = {} } = config.compilerOptions ?? {};
  const base = join(folder, baseUrl ?? '.');
  if (baseUrl !== undefined) folders.add(base);
  for (const target of Object.values(paths).flat()) folders.add(dirname(join(base, target.replace('*', 'x'))));
  for (const extended of [config.extends ?? []].flat()) {
    // `Bun.build` follows an `extends` that is a path, but not a package.
    const file = isAbsolute(extended) || extended.startsWith('.') ? resolve(folder, extended) : undefined;
    if (file === undefined || files.has(file)) continue;
    files.add(file);
    addTsconfig(file, files, folders);
  }
}
