import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BunPlugin } from 'bun';
import { type BadImport, disallowedModulesError, missingModulesError } from './bad-imports.ts';
import { type BuildOutput, runBuild } from './bun-build.ts';
import type { BundleCache } from './bundle-cache.ts';
import { dependenciesOf, ownSources } from './bundle-dependencies.ts';
import { addImportRules, anyOf } from './import-rules.ts';
import { commonModules, resolveShared } from './library-bundle.ts';
import { LibraryCopies } from './library-copies.ts';
import type { MappedCode } from './loaded-bundle.ts';
import { toOriginalSources } from './original-sources.ts';
import { checkSyntax } from './syntax-check.ts';
import { missingWorkflows } from './workflow-exports.ts';

/** What the user bundle of a bundle is made from. Paths are absolute or relative to the working directory. */
export interface UserBundleOptions {
  workflowsPath: string;
  workflowInterceptorModules: string[];
  payloadConverterPath: string | undefined;
  failureConverterPath: string | undefined;
  ignoreModules: string[];
  preloadModules: string[];
}

export interface UserBundle {
  part: MappedCode;
  /** Names of the modules that it finds in the library bundle, by their files. */
  shared: [path: string, name: string][];
  /** What the user is to be told, each time. */
  warnings: string[];
}

/** Gives the user bundle of a bundle: from the cache, if nothing has changed that it was made from. */
export async function userBundle(
  options: UserBundleOptions,
  cache: BundleCache,
): Promise<UserBundle & { cached: boolean }> {
  const started = Date.now();
  const sources = resolveModules(options);
  const key = JSON.stringify(['user', sources, resolveShared('@temporalio/workflow')]);
  const known = await cache.read<UserBundle>(key);
  if (known !== undefined) return { ...known, cached: true };

  const { made, dependencies } = await buildUserBundle(sources);
  await cache.write(key, made, dependencies, started);
  return { ...made, cached: false };
}

/** A module that a build starts from. It is made up, and stands beside the workflows: names of packages are looked up there. */
interface Entry {
  path: string;
  contents: string;
}

interface Sources {
  /** The file of the workflows. */
  workflows: string;
  entry: Entry;
  preload: Entry | undefined;
  ignoreModules: string[];
}

function resolveModules(options: UserBundleOptions): Sources {
  const { workflowsPath, workflowInterceptorModules, payloadConverterPath, failureConverterPath } = options;
  const workflows = moduleFile(workflowsPath);
  const entry = (name: string, lines: string[]): Entry => ({
    path: join(dirname(workflows), `~temporal-${name}.js`),
    contents: lines.join('\n'),
  });
  const optional = (path: string | undefined): string => (path === undefined ? '{}' : load(path));
  return {
    workflows,
    entry: entry('entry', [
      `exports.payloadConverter = () => (${optional(payloadConverterPath)});`,
      `exports.failureConverter = () => (${optional(failureConverterPath)});`,
      `exports.importInterceptors = () => [${[...new Set(workflowInterceptorModules)].map(load).join(', ')}];`,
      `exports.importWorkflows = () => ${load(workflows)};`,
    ]),
    preload:
      options.preloadModules.length === 0
        ? undefined
        : entry(
            'preload',
            options.preloadModules.map((path) => `${load(path)};`),
          ),
    ignoreModules: options.ignoreModules,
  };
}

/** Code that loads a module, which is given by its path, or by its name as the workflows' module would import it. */
function load(specifier: string): string {
  const isPath = /^(\.|file:)/.test(specifier) || isAbsolute(specifier);
  return `require(${JSON.stringify(isPath ? moduleFile(specifier) : specifier)})`;
}

/** The file of a module that is given by the path or URL of a file or a directory, with or without extension. */
function moduleFile(path: string): string {
  // `import.meta.resolve` gives URLs.
  const absolute = resolve(path.startsWith('file:') ? fileURLToPath(path) : path);
  try {
    return Bun.resolveSync(absolute, dirname(absolute));
  } catch (cause) {
    throw new Error(`Cannot find the module ${absolute}`, { cause });
  }
}

async function buildUserBundle({ workflows: file, entry, preload, ignoreModules }: Sources) {
  const copies = new LibraryCopies();
  const shared = commonModules();
  const preloaded = preload && (await build(preload, undefined, commonModules(), ignoreModules, copies));
  for (const path of preloaded?.inputs ?? []) shared.set(path, preloadedName(path, preloaded?.esModules.has(path)));
  const workflows = await build(entry, preloaded, shared, ignoreModules, copies);
  checkSyntax(workflows);
  const { map, files } = toOriginalSources(workflows.map);
  const part = { code: withSharedLinks(workflows.code), map: JSON.stringify(map) };
  const missing = missingWorkflows(file);
  const warnings = [...copies.list(), ...(missing === undefined ? [] : [missing])];
  const made: UserBundle = { part, shared: [...shared], warnings };
  const inputs = [...workflows.inputs, ...(preloaded?.inputs ?? []), ...files, ...ownSources()];
  return { made, dependencies: dependenciesOf(inputs, new Map([...(preloaded?.imports ?? []), ...workflows.imports])) };
}

/**
 * Bundles what `entry` imports, except for what the library bundle answers for.
 *
 * @param preloaded what all runs share, and the library bundle has.
 * @param shared names of all modules that are looked for there; takes up what is found on the way.
 */
async function build(
  entry: Entry,
  preloaded: BuildOutput | undefined,
  shared: Map<string, string>,
  ignoreModules: string[],
  copies: LibraryCopies,
): Promise<BuildOutput> {
  const disallowed: BadImport[] = [];
  const missing: BadImport[] = [];
  const plugin: BunPlugin = {
    name: 'temporal-workflows',
    setup(build) {
      build.onResolve({ filter: anyOf([entry.path]) }, ({ path }) => ({ path }));
      build.onLoad({ filter: anyOf([entry.path]) }, () => ({ contents: entry.contents, loader: 'js' }));
      if (preloaded !== undefined) {
        build.onResolve({ filter: PRELOADED }, ({ path }) => ({ path, external: true }));
        build.onLoad({ filter: anyOf(preloaded.inputs) }, ({ path }) => ({
          // What a run has in the place of a module that all runs share.
          contents: `module.exports = require(${JSON.stringify(shared.get(path))});`,
          loader: 'js',
        }));
      }
      addImportRules(build, {
        ignoreModules,
        disallowed,
        library(specifier, importer) {
          let file: string;
          try {
            file = resolveShared(specifier);
          } catch {
            missing.push({ specifier, importer });
            return { path: specifier, namespace: 'temporal-ignored' };
          }
          const name = shared.get(file) ?? specifier.replace(/\.js$/, '');
          shared.set(file, name);
          copies.found(specifier, file, importer);
          return { path: name, external: true };
        },
      });
    },
  };
  const part = await runBuild('Cannot bundle workflow code', { entrypoints: [entry.path], plugins: [plugin] });
  if (disallowed.length > 0) throw disallowedModulesError(disallowed, part.imports);
  if (missing.length > 0) throw missingModulesError(missing, part.imports);
  return part;
}

const PRELOADED = /^temporal-preloaded(-esm)?\(/;

/** The name that `module-links.ts` inside tells ES modules by. */
function preloadedName(path: string, isEsModule: boolean | undefined): string {
  return `temporal-preloaded${isEsModule ? '-esm' : ''}(${path})`;
}

/** The start and the end of functions that Bun puts before a bundle's modules, and calls to link them. */
const BUNS_LINKS = /^var __(export|reExport|toCommonJS) = \([\w, ]+\) => \{$[\s\S]*?^\};$/gm;

/**
 * Has a run link its modules with the functions of `module-links.ts` inside, which all runs share and which make less than
 * Bun's. Lines stay where they are, for the source map.
 */
function withSharedLinks(code: string): string {
  const firstModule = code.search(/^\/\/ /m);
  const toESM = 'var __toESM = (mod, isNodeMode, target) => {';
  const links = code
    .slice(0, firstModule)
    .replace(BUNS_LINKS, (text, name) => `var __${name} = __temporal_links.${name};${text.replace(/[^\n]/g, '')}`)
    .replace(toESM, `${toESM} var shared = __temporal_links.namespaceOf(mod, isNodeMode); if (shared) return shared;`);
  return links + code.slice(firstModule);
}
