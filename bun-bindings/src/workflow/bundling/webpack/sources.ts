import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { type ChangedSource, dataModule } from '../build-changes.ts';
import { compileForLoaders } from './compile-for-loaders.ts';
import type { LoaderRunner } from './loaders.ts';
import { refusal } from './refusal.ts';
import { effectsOf, type LoaderUse } from './rules.ts';

/** Loaders that do what Bun does anyway: they compile. */
const COMPILERS = new Set([
  'babel-loader',
  'swc-loader',
  'ts-loader',
  'esbuild-loader',
  'awesome-typescript-loader',
  'builtin:swc-loader',
]);
/** Loaders that change nothing, or what is done here as well. */
const WITHOUT_EFFECT = new Set(['source-map-loader', 'thread-loader', 'cache-loader', 'eslint-loader']);

const LOADERS: Record<string, ChangedSource['loader']> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};

/**
 * Gives the source of a module by `module.rules`. Undefined if it stays as it is.
 *
 * @param issuer the path of a module that imports it.
 */
export async function sourceByRules(
  file: string,
  issuer: string,
  rules: readonly unknown[],
  runner: LoaderRunner,
): Promise<ChangedSource | undefined> {
  const [path = file, query] = file.split(/(\?.*)/s);
  const { loaders, type, parse } = effectsOf(rules, { path, query: query ?? '', issuer });
  const used = loaders.filter((use) => !WITHOUT_EFFECT.has(packageOf(use)));
  const lastCompiler = used.findLastIndex((use) => COMPILERS.has(packageOf(use)));
  const before = used.slice(lastCompiler + 1);
  const after = used.slice(0, Math.max(0, lastCompiler)).filter((use) => !COMPILERS.has(packageOf(use)));
  const isCode = type === undefined || type.startsWith('javascript/');
  if (before.length === 0 && after.length === 0 && isCode) {
    // Bun knows neither files with a query, nor that other files than scripts are code.
    const isForced = query !== undefined || type !== undefined;
    return isForced ? { code: await readFile(path, 'utf8'), loader: loaderOf(path) } : undefined;
  }

  const content = await runner.run(path, query ?? '', before, { content: await readFile(path) });
  if (!isCode) return assetModule(type, content.content, path, parse, loaders[0]?.property ?? 'module.rules');
  // Without one that compiles, loaders make JavaScript of whatever the file contains.
  if (after.length === 0) return { code: withMap(content), loader: lastCompiler < 0 ? 'js' : loaderOf(path) };
  const source: ChangedSource = { code: String(content.content), loader: loaderOf(path) };
  const finish = async (): Promise<ChangedSource> => {
    const compiled = await compileForLoaders(path, source);
    return { code: withMap(await runner.run(path, query ?? '', after, compiled)), loader: 'js' };
  };
  return { ...source, finish };
}

function loaderOf(path: string): ChangedSource['loader'] {
  return LOADERS[extname(path)] ?? 'js';
}

/** The name of a loader's package. */
function packageOf({ loader }: LoaderUse): string {
  const [, name] = /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(loader) ?? [];
  return (name ?? loader).replaceAll('\\', '/');
}

function assetModule(
  type: string,
  content: string | Buffer,
  path: string,
  parse: ((text: string) => unknown) | undefined,
  property: string,
): ChangedSource {
  switch (type) {
    case 'json':
      return dataModule(parse === undefined ? JSON.parse(String(content)) : parse(String(content)));
    case 'asset/source':
      return dataModule(String(content));
    case 'asset/inline':
      return dataModule(`data:${mediaType(path)};base64,${Buffer.from(content).toString('base64')}`);
    case 'asset/bytes':
      return { code: `module.exports = new Uint8Array([${Buffer.from(content).join(',')}]);`, loader: 'js' };
    default:
      throw refusal(
        `${property.replace(/\.use.*|\.loader.*/, '')}.type: '${type}'`,
        "a workflow bundle has no files beside it. Use 'asset/source' for text, 'asset/inline' for a data URL, or 'json'",
      );
  }
}

function mediaType(path: string): string {
  return Bun.file(path).type.replace(/;\s*charset.*/, '');
}

/** Appends the source map as a comment, where stack traces find it. */
function withMap({ content, map }: { content: string | Buffer; map?: object | undefined }): string {
  const code = String(content);
  if (map === undefined) return code;
  const base64 = Buffer.from(JSON.stringify(map)).toString('base64');
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${base64}\n`;
}
