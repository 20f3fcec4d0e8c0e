/** Built-in modules that workflow code may import: those with a part that needs nothing of the machine. */
export const BUILTIN_MODULES = [
  'assert',
  'assert/strict',
  'async_hooks',
  'buffer',
  'crypto',
  'diagnostics_channel',
  'events',
  'path',
  'perf_hooks',
  'process',
  'punycode',
  'querystring',
  'stream/web',
  'string_decoder',
  'timers',
  'timers/promises',
  'url',
  'util',
  'util/types',
] as const;

/** Modules by another name. */
const ALIASES: Record<string, (typeof BUILTIN_MODULES)[number]> = { 'path/posix': 'path', sys: 'util' };

/** Names by which workflow code may import them, without `node:`. */
export const allowedBuiltinModules: readonly string[] = [...BUILTIN_MODULES, ...Object.keys(ALIASES)];

/** The code of a module by which workflow code gets what its run has of a built-in module. */
export function builtinModuleCode(name: string): string {
  return `module.exports = __TEMPORAL__.builtinModule(${JSON.stringify(ALIASES[name] ?? name)});`;
}
