import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { foldersUp } from './bundle-dependencies.ts';

/** The TypeScript settings of the modules of a folder. */
export interface TypeScriptSettings {
  /** The path of their `tsconfig.json`. */
  path: string;
  /** Whether `Bun.build` ignores some of them. It follows an `extends` only if it is a single relative path. */
  isOverlooked: boolean;
  compilerOptions: Record<string, unknown>;
  /** The folder to which `paths` are relative. */
  pathsFolder: string;
}

const known = new Map<string, TypeScriptSettings | undefined>();

/** Clears the cache, because files may have changed. */
export function forgetTypeScriptSettings(): void {
  known.clear();
}

/** Finds the settings of a folder. Ignores those of installed packages, which were compiled before. */
export function typeScriptSettings(folder: string): TypeScriptSettings | undefined {
  if (folder.includes('/node_modules')) return undefined;
  if (known.has(folder)) return known.get(folder);
  const path = join(folder, 'tsconfig.json');
  const settings = existsSync(path)
    ? readSettings(path)
    : dirname(folder) === folder
      ? undefined
      : typeScriptSettings(dirname(folder));
  known.set(folder, settings);
  return settings;
}

interface ConfigFile {
  extends?: string | string[];
  compilerOptions?: Record<string, unknown>;
}

function readSettings(path: string, under: readonly string[] = []): TypeScriptSettings {
  const folder = dirname(path);
  let config: ConfigFile;
  try {
    config = Bun.JSONC.parse(readFileSync(path, 'utf8')) as ConfigFile;
  } catch {
    // Bun reports the error if it matters.
    return { path, isOverlooked: false, compilerOptions: {}, pathsFolder: folder };
  }
  const bases = [config.extends ?? []].flat();
  const settings: TypeScriptSettings = {
    path,
    isOverlooked: Array.isArray(config.extends) || bases.some((base) => !base.startsWith('.')),
    compilerOptions: {},
    pathsFolder: folder,
  };
  for (const base of bases) {
    const file = baseFile(base, folder);
    if (file === undefined || under.includes(file)) continue;
    const inherited = readSettings(file, [...under, path]);
    settings.isOverlooked ||= inherited.isOverlooked;
    Object.assign(settings.compilerOptions, inherited.compilerOptions);
    if (inherited.compilerOptions.paths !== undefined) settings.pathsFolder = inherited.pathsFolder;
  }
  const own = config.compilerOptions ?? {};
  Object.assign(settings.compilerOptions, own);
  if (typeof own.baseUrl === 'string') settings.pathsFolder = resolve(folder, own.baseUrl);
  else if (own.paths !== undefined) settings.pathsFolder = folder;
  return settings;
}

function baseFile(specifier: string, folder: string): string | undefined {
  const isPath = specifier.startsWith('.') || isAbsolute(specifier);
  const candidates = isPath
    ? [resolve(folder, specifier), `${resolve(folder, specifier)}.json`]
    : [...foldersUp(folder)].flatMap((above) =>
        ['', '.json', '/tsconfig.json'].map((ending) => join(above, 'node_modules', specifier + ending)),
      );
  return candidates.find((path) => path.endsWith('.json') && existsSync(path));
}

/** Lists the candidate files of a specifier by the `paths` of the settings, in order. */
export function mappedPaths(settings: TypeScriptSettings, specifier: string): string[] {
  const paths = (settings.compilerOptions.paths ?? {}) as Record<string, string[]>;
  for (const [pattern, targets] of Object.entries(paths)) {
    const [start = '', end] = pattern.split('*');
    const matches = end === undefined ? specifier === pattern : specifier.startsWith(start) && specifier.endsWith(end);
    if (!matches) continue;
    const middle = end === undefined ? '' : specifier.slice(start.length, specifier.length - end.length);
    return targets.map((target) => resolve(settings.pathsFolder, target.replace('*', middle)));
  }
  return [];
}
