import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Finds the nearest `package.json` of a file, if it declares that its modules have no side effects. */
export function hasNoSideEffects(file: string): boolean {
  const manifest = packageOf(dirname(file));
  if (manifest === undefined) return false;
  const { sideEffects } = manifest.content;
  if (sideEffects === false) return true;
  if (!Array.isArray(sideEffects)) return false;
  const path = file.slice(manifest.folder.length + 1);
  return !sideEffects.some((pattern) => {
    const glob = pattern.replace(/^\.\//, '');
    return new Bun.Glob(glob.includes('/') ? glob : `**/${glob}`).match(path);
  });
}

/** Whether webpack treats the file as an ES module of Node. For those a CommonJS module is a default export. */
export function isNodeModule(file: string): boolean {
  if (file.endsWith('.mjs')) return true;
  return /\.jsx?$/.test(file) && packageOf(dirname(file))?.content.type === 'module';
}

/**
 * Whether the package of a file says what a browser gets in the place of a module that it imports by name: another one, or nothing.
 */
export function isReplacedForBrowsers(specifier: string, importer: string): boolean {
  const browser = packageOf(dirname(importer))?.content.browser;
  return typeof browser === 'object' && browser !== null && Object.hasOwn(browser, specifier);
}

interface Manifest {
  folder: string;
  content: { type?: string; sideEffects?: boolean | string[]; browser?: string | Record<string, string | false> };
}

const manifests = new Map<string, Manifest | undefined>();

function packageOf(folder: string): Manifest | undefined {
  if (manifests.has(folder)) return manifests.get(folder);
  const path = join(folder, 'package.json');
  let manifest: Manifest | undefined;
  try {
    manifest = { folder, content: JSON.parse(readFileSync(path, 'utf8')) as Manifest['content'] };
  } catch {
    manifest = dirname(folder) === folder ? undefined : packageOf(dirname(folder));
  }
  manifests.set(folder, manifest);
  return manifest;
}
