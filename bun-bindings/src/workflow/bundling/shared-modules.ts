import { fileURLToPath } from 'node:url';

/** Modules that workflows commonly import, and that the library consists of anyway. */
const COMMON_MODULES = ['@temporalio/workflow', '@temporalio/common', 'nexus-rpc', 'long'];

const INSIDE = fileURLToPath(new URL('../sandbox/inside/main.ts', import.meta.url));

/** Names of the modules that every library bundle answers for, by their files. */
export function commonModules(): Map<string, string> {
  return new Map(COMMON_MODULES.map((name) => [resolveShared(name), name]));
}

/** The file of a module of `@temporalio`: always the copy that this package depends on, as two would not know each other's classes. */
export function resolveShared(specifier: string): string {
  return require.resolve(specifier);
}

/** The module that a library bundle is built from. */
export function entryModule(modules: ReadonlyMap<string, string>): string {
  const entries = [...modules]
    .sort()
    .map(([path, name]) => `${JSON.stringify(name)}: require(${JSON.stringify(path)}),\n`);
  // `require` evaluates a module where it stands: after the inside has put its globals in place.
  return `exports.install = require(${JSON.stringify(INSIDE)}).install;\nexports.modules = {\n${entries.join('')}};\n`;
}
