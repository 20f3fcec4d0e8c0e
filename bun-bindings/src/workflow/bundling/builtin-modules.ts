import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BunPlugin } from 'bun';
import type { BUILTIN_MODULES } from './builtin-module-names.ts';
import { type BuildOutput, runBuild } from './bun-build.ts';
import { withoutNodePrefix } from './module-rules.ts';

const OWN = new URL('../sandbox/inside/builtin-modules/', import.meta.url);
/** A file of ours: TypeScript in the checkout, JavaScript in the package. */
const own = (name: string): string => fileURLToPath(new URL(name.replace(/\.ts$/, extname(import.meta.url)), OWN));

type Files = Record<(typeof BUILTIN_MODULES)[number], string>;

/**
 * The files that the built-in modules consist of: ours, or of a package. Looked up when they are built: a worker that is one
 * file has none of them, and needs none.
 */
const files = (): Files => ({
  assert: own('assert.ts'),
  'assert/strict': own('strict-assert.ts'),
  async_hooks: own('async-hooks.ts'),
  buffer: require.resolve('buffer/'),
  crypto: own('crypto.ts'),
  diagnostics_channel: own('diagnostics-channel.ts'),
  events: require.resolve('events/'),
  path: require.resolve('path-browserify'),
  perf_hooks: own('perf-hooks.ts'),
  process: own('process.ts'),
  punycode: require.resolve('punycode/punycode.js'),
  querystring: own('querystring.ts'),
  'stream/web': require.resolve('web-streams-polyfill'),
  string_decoder: require.resolve('string_decoder/'),
  timers: own('timers.ts'),
  'timers/promises': own('timers-promises.ts'),
  url: own('url.ts'),
  util: own('util.ts'),
  'util/types': own('util-types.ts'),
});

/**
 * Builds the module `temporal:builtin-modules`. Each built-in module in it is a function, so that each run that asks for it has
 * its own, and no run pays for what it does not ask for.
 */
export async function buildBuiltinModules(): Promise<Pick<BuildOutput, 'code' | 'inputs' | 'imports'>> {
  const found = files();
  const built = await Promise.all(
    Object.entries(found).map(async ([name, file]) => ({
      name,
      ...(await runBuild(`Cannot build the stand-in of node:${name}`, {
        entrypoints: [file],
        minify: { whitespace: true },
        plugins: [externalBuiltins(found, file)],
      })),
    })),
  );
  const functions = built.map(({ name, code }) => `${JSON.stringify(name)}(module, exports, require) {\n${code}\n},\n`);
  // This module stands for the one that would import them.
  const entries = Object.values(found).map((path) => ({ path, specifier: path }));
  return {
    code: `exports.builtinModules = {\n${functions.join('')}};\n`,
    inputs: built.flatMap(({ inputs }) => inputs),
    imports: new Map([[import.meta.path, entries], ...built.flatMap(({ imports }) => [...imports])]),
  };
}

/** Makes the modules request each other, and the parts of the run that they use, when they are evaluated. */
function externalBuiltins(found: Files, entry: string): BunPlugin {
  return {
    name: 'temporal-builtin-modules',
    setup(build) {
      build.onResolve({ filter: /^(node:)?[\w/]+$|^temporal:run$/ }, ({ path, importer }) => {
        const name = withoutNodePrefix(path);
        const isOther =
          importer !== '' && (name === 'temporal:run' || (name in found && found[name as keyof Files] !== entry));
        return isOther ? { path: name, external: true } : undefined;
      });
    },
  };
}
