import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { StampedPaths } from './file-stamps.ts';
import type { ModuleImports } from './import-chain.ts';

/** What `Bun.build` and this package read besides the modules themselves, in the folder of each module and above it. */
const SETTINGS = ['package.json', 'tsconfig.json', 'jsconfig.json'];

/**
 * All that a build depends on: the files that went in, and what decided that these were the ones. Files that are not
 * there count too, where one would change the outcome.
 */
export function dependenciesOf(inputs: Iterable<string>, imports: ModuleImports): StampedPaths {
  const files = new Set(inputs);
  const folders = new Set<string>();
  const links = new Set<string>();
  const above = new Set<string>();
  for (const input of [...files]) {
    const folder = dirname(input);
    folders.add(folder);
    // A module `x.ts` goes before `x/index.ts`.
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

/** The sources of the bundler itself: another version of it may make something else. */
export function ownSources(): string[] {
  const names = readdirSync(import.meta.dir).filter((name) => !name.endsWith('.test.ts'));
  return names.map((name) => join(import.meta.dir, name));
}

/** `folder` and those that it lies in. */
function* foldersUp(folder: string): Generator<string> {
  for (let current = folder; ; current = dirname(current)) {
    yield current;
    if (dirname(current) === current) return;
  }
}

/** The name of the package that a specifier leads into; none if it is a path. */
export function packageName(specifier: string): string | undefined {
  return /^(?:@[^/:]+\/)?[^@./:][^/:]*/.exec(specifier)?.[0];
}

/** Where a package is looked for: up to the place where it is, if it is anywhere. */
export function* packageCandidates(from: string, name: string): Generator<string> {
  for (const folder of foldersUp(from)) {
    if (basename(folder) === 'node_modules') continue;
    const candidate = join(folder, 'node_modules', name);
    yield candidate;
    if (existsSync(candidate)) return;
  }
}

/** Adds what a `tsconfig.json` builds on, and the folders where its paths lead to. */
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
    // `Bun.build` follows paths only, not packages.
    const file = isAbsolute(extended) || extended.startsWith('.') ? resolve(folder, extended) : undefined;
    if (file === undefined || files.has(file)) continue;
    files.add(file);
    addTsconfig(file, files, folders);
  }
}
