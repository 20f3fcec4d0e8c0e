import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Modules that take up far less in a bundle than the packages that they come from do in `node_modules`. */
const INLINED = [
  'cli/source/parse-module.js',
  'config/config-schema.js',
  'config/envconfig.js',
  'workflow/bundling/webpack/loaders.js',
  'workflow/bundling/webpack/resolver.js',
];

/** The packages that the inlined modules take in, whose licences then go with ours. */
const INLINED_PACKAGES = [
  '@babel/parser',
  'zod',
  '@temporalio/envconfig',
  'smol-toml',
  'enhanced-resolve',
  'tapable',
  'graceful-fs',
  'loader-runner',
];

/**
 * Bundles some compiled modules of the package in `folder` with the packages that only they use, for these not to be installed
 * by users.
 */
export async function inlinePackages(folder: string): Promise<void> {
  const modules = INLINED.map((module) => `lib/${module}`);
  for (const module of modules) {
    const path = join(folder, module);
    const result = await Bun.build({
      entrypoints: [path],
      target: 'bun',
      external: ['@temporalio/common'],
      minify: true,
    });
    const [output] = result.outputs;
    if (output === undefined) throw new Error(`${module} was not bundled`);
    await writeFile(path, importing(await output.text()));
  }
  const licences = INLINED_PACKAGES.map(
    async (name) => `${name}\n\n${(await readLicence(join(folder, 'node_modules', name))).trim()}\n`,
  );
  const heading = `Parts of these packages are in the modules ${modules.join(', ')}:\n\n`;
  await writeFile(join(folder, 'LICENSE-INLINED'), heading + (await Promise.all(licences)).join('\n----\n\n'));
}

/**
 * Imports what a bundle requires of `@temporalio/common`. A minified `require` is a variable, which the bundlers of users do not
 * follow: their programs would lack the package.
 */
function importing(code: string): string {
  const names = new Map<string, string>();
  const body = code.replaceAll(/(?<![\w$.])[\w$]+\("(@temporalio\/common[^"]*)"\)/g, (_, path: string) => {
    const name = names.get(path) ?? `imported${names.size}`;
    names.set(path, name);
    return name;
  });
  return [...names].map(([path, name]) => `import * as ${name} from "${path}";\n`).join('') + body;
}

async function readLicence(folder: string): Promise<string> {
  for (const name of ['LICENSE', 'LICENSE.md', 'LICENSE.txt']) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw new Error(`${folder} has no licence`);
}
