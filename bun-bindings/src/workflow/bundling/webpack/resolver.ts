import fs from 'node:fs';
import { type BaseFileSystem, CachedInputFileSystem, ResolverFactory } from 'enhanced-resolve';
import { withoutNodePrefix } from '../module-rules.ts';
import { wrongValue } from './refusal.ts';

/** `resolve` of a webpack configuration. */
export type ResolveOptions = Readonly<Record<string, unknown>>;

/** Finds the file of a module. False if it is to be empty, undefined if there is none. */
export type Resolver = (
  specifier: string,
  folder: string,
  kind: 'import' | 'require',
) => Promise<string | false | undefined>;

/** Values in the place of `...` in an array: those of webpack, for bundles that need neither Node nor Bun. */
const DEFAULTS = (kind: 'import' | 'require', mode: string): Record<string, string[]> => ({
  modules: ['node_modules'],
  extensions: ['.js', '.json', '.wasm'],
  mainFiles: ['index'],
  mainFields: ['browser', 'module', 'main'],
  aliasFields: ['browser'],
  exportsFields: ['exports'],
  importsFields: ['imports'],
  descriptionFiles: ['package.json'],
  conditionNames: [kind, 'module', 'webpack', mode, 'browser'],
});

/** Options that are webpack's own, or have no effect on what is found. */
const NOT_PASSED = [
  'byDependency',
  'cache',
  'cachePredicate',
  'cacheWithContext',
  'resolver',
  'unsafeCache',
  'useSyncFileSystemCalls',
];

/** Makes a function that finds modules as webpack does. */
export function newResolver(options: ResolveOptions, folder: string, mode: string): Resolver {
  const fileSystem = new CachedInputFileSystem(fs as unknown as BaseFileSystem, 4000);
  const resolvers = {
    import: ResolverFactory.createResolver({ fileSystem, ...optionsFor('import', options, folder, mode) }),
    require: ResolverFactory.createResolver({ fileSystem, ...optionsFor('require', options, folder, mode) }),
  };
  return (specifier, from, kind) =>
    new Promise((resolve) => {
      // A built-in module has the same alias by both of its names.
      resolvers[kind].resolve({}, from, withoutNodePrefix(specifier), {}, (_error, found) => resolve(found));
    });
}

function optionsFor(kind: 'import' | 'require', all: ResolveOptions, folder: string, mode: string): object {
  const { byDependency = {} } = all as { byDependency?: Record<string, object> };
  const merged: Record<string, unknown> = { ...all, ...byDependency[kind === 'import' ? 'esm' : 'commonjs'] };
  const defaults = DEFAULTS(kind, mode);
  const options: Record<string, unknown> = { roots: [folder], ...defaults };
  for (const [name, value] of Object.entries(merged)) {
    if (NOT_PASSED.includes(name) || value === undefined) continue;
    options[name] = withDefaults(value, defaults[name]);
  }
  return options;
}

function withDefaults(value: unknown, defaults: string[] | undefined): unknown {
  return Array.isArray(value) && defaults !== undefined
    ? value.flatMap((each) => (each === '...' ? defaults : [each]))
    : value;
}

/** Whether two `resolve` of a configuration find the same. */
export function findsTheSame(one: unknown, other: unknown): boolean {
  return Bun.deepEquals(one ?? {}, other ?? {});
}

export function checkResolve(resolve: unknown): asserts resolve is ResolveOptions {
  if (typeof resolve !== 'object' || resolve === null) throw wrongValue('resolve', 'an object');
}
