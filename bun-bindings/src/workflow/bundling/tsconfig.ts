import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** The TypeScript settings that hold for the modules of a folder. */
export interface TypeScriptSettings {
  /** The `tsconfig.json` that they come from. */
  path: string;
  /** Whether `Bun.build` overlooks some of them: it follows an `extends` that is one relative path, and no other. */
  isOverlooked: boolean;
  compilerOptions: Record<string, unknown>;
  /** What `paths` are relative to. */
  pathsFolder: string;
}

const known = new Map<string, TypeScriptSettings | undefined>();

/** Forgets what was read, as files may have changed since. */
export function forgetTypeScriptSettings(): void {
  known.clear();
}

/** Finds the settings for the modules of a folder. Packages come compiled: theirs are for their own builds. */
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
    // Bun says what is wrong with it, if it matters.
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
    : foldersUp(folder).flatMap((above) =>
        ['', '.json', '/tsconfig.json'].map((ending) => join(above, 'node_modules', specifier + ending)),
      );
  return candidates.find((path) => path.endsWith('.json') && existsSync(path));
}

function foldersUp(folder: string): string[] {
  return dirname(folder) === folder ? [folder] : [folder, ...foldersUp(dirname(folder))];
}

/** The files that `paths` of the settings give for a specifier, in the order in which they are to be tried. */
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
