import { dirname, isAbsolute, resolve } from 'node:path';
import type { Logger } from '@temporalio/common';
import type { BunPlugin } from 'bun';
import { type BuiltPart, buildPart } from './bun-build.ts';
import { serializeBundle, type WorkflowBundle } from './bundle.ts';
import { disallowedModulesError } from './disallowed-imports.ts';
import { addImportRules, addModules, type ImportRules } from './import-rules.ts';
import { buildLibrary, commonModules, resolveShared } from './library-part.ts';
import { moduleMatches } from './module-rules.ts';

/** Hook into bundling, for plugins that bring workflow code or interceptors along. */
export interface BundlerPlugin {
  /** The name of the plugin. */
  get name(): string;
  /** Changes the options of a bundle before it is made. */
  configureBundler?(options: BundleOptions): BundleOptions;
}

/** Options of {@link bundleWorkflowCode}. Paths are absolute or relative to the working directory. */
export interface BundleOptions {
  /** A module whose exported functions are the workflows; a file, or a directory with an index file. */
  workflowsPath: string;
  /** Modules that export `interceptors`, a `WorkflowInterceptorsFactory`. */
  workflowInterceptorModules?: string[];
  /** Is told when a bundle is made, and how large it is. */
  logger?: Logger;
  /** A module that exports `payloadConverter`. */
  payloadConverterPath?: string;
  /** A module that exports `failureConverter`. */
  failureConverterPath?: string;
  /**
   * Modules to leave out of the bundle, such as Node's built-in modules that a package imports but a workflow never uses.
   * Their exports are `undefined` at run time.
   */
  ignoreModules?: string[];
  /**
   * Modules to evaluate once for all workflow runs of a thread. They are frozen, and must keep no state that belongs to a
   * workflow.
   */
  preloadModules?: string[];
  /** Workflows are not bundled with webpack here: any hook is refused. */
  webpackConfigHook?: (config: never) => never;
  /** May change these options; each sees what the one before it made of them. */
  plugins?: BundlerPlugin[];
}

/** What {@link bundleWorkflowCode} makes: hand it to `WorkerOptions.workflowBundle`, or write `code` to a file. */
export interface WorkflowBundleWithSourceMap {
  /** @deprecated `code` carries its source map. */
  sourceMap: string;
  code: string;
}

/**
 * Bundles workflows ahead of time, so that a worker in production starts without their sources.
 *
 * @throws Error if a module cannot be found or parsed, or has no place in a workflow; it names file, line and import chain.
 *
 * @example
 * ```ts
 * const { code } = await bundleWorkflowCode({ workflowsPath: require.resolve('./workflows') });
 * await Bun.write('workflow-bundle.js', code);
 * // later
 * await Worker.create({ taskQueue: 'hello', workflowBundle: { codePath: 'workflow-bundle.js' } });
 * ```
 */
export async function bundleWorkflowCode(options: BundleOptions): Promise<WorkflowBundleWithSourceMap> {
  return new WorkflowCodeBundler(options).createBundle();
}

/** Makes a bundle of workflow code. {@link bundleWorkflowCode} is the short way to it. */
export class WorkflowCodeBundler {
  private readonly options: BundleOptions;

  constructor(options: BundleOptions) {
    this.options = applyPlugins(options);
    const { webpackConfigHook, preloadModules = [], ignoreModules = [] } = this.options;
    if (webpackConfigHook !== undefined) {
      throw new TypeError('webpackConfigHook is not supported: workflows are bundled with Bun, not with webpack');
    }
    const both = preloadModules.filter((name) => moduleMatches(name, ignoreModules));
    if (both.length > 0) {
      throw new Error(`Cannot preload modules that are also ignored: ${both.map((name) => `'${name}'`).join(', ')}`);
    }
  }

  async createBundle(): Promise<WorkflowBundleWithSourceMap> {
    return { sourceMap: 'deprecated: this is no longer in use\n', code: serializeBundle(await this.build()) };
  }

  /** The bundle as a worker of this process takes it. */
  async build(): Promise<WorkflowBundle> {
    const started = performance.now();
    const { workflowsPath, ignoreModules = [], logger } = this.options;
    const from = dirname(moduleFile(workflowsPath));
    const rules = { ignoreModules, disallowed: [] };
    const preloaded = await this.preloadedFiles(from, rules);
    const shared = new Map([...commonModules(), ...preloaded]);
    const { code, map } = await build(entryModule(this.options, from), preloaded, shared, rules);
    const bundle = {
      workflows: { code: withSharedNamespaces(code), map },
      library: await buildLibrary(shared, ignoreModules),
    };
    const kilobytes = Math.ceil((bundle.workflows.code.length + bundle.library.code.length) / 1024);
    logger?.debug('Workflow bundle created', {
      size: `${kilobytes} KB`,
      tookMs: Math.round(performance.now() - started),
    });
    return bundle;
  }

  /** The files that preloaded modules consist of, which all runs share. */
  private async preloadedFiles(from: string, rules: Omit<ImportRules, 'library'>): Promise<Map<string, string>> {
    const { preloadModules = [] } = this.options;
    if (preloadModules.length === 0) return new Map();
    const entry = preloadModules.map((path) => `require(${JSON.stringify(resolveModule(path, from))});`).join('\n');
    const { inputs } = await build(entry, new Map(), commonModules(), rules);
    return new Map(inputs.map((path) => [path, path]));
  }
}

/**
 * Bundles what `entry` imports, except for what the library part answers for.
 *
 * @param preloaded names of preloaded modules in the library part, by their files.
 * @param shared names of all modules that are looked for there; takes up what is found on the way.
 */
async function build(
  entry: string,
  preloaded: ReadonlyMap<string, string>,
  shared: Map<string, string>,
  rules: Omit<ImportRules, 'library'>,
): Promise<BuiltPart> {
  const part = await buildPart('Cannot bundle workflow code', {
    entrypoints: ['temporal:entry'],
    define: { 'process.env.NODE_ENV': '"development"' },
    plugins: [workflowsPlugin(entry, preloaded, shared, rules)],
  });
  if (rules.disallowed.length > 0) throw disallowedModulesError(rules.disallowed, part.imports);
  return part;
}

/** Bundles workflow code for a worker of this process. */
export async function createWorkflowBundle(options: BundleOptions): Promise<WorkflowBundle> {
  return new WorkflowCodeBundler(options).build();
}

function applyPlugins(options: BundleOptions): BundleOptions {
  return (options.plugins ?? []).reduce((current, plugin) => plugin.configureBundler?.(current) ?? current, options);
}

/** The file of a module that is given by the path of a file or a directory, with or without extension. */
function moduleFile(path: string): string {
  const absolute = resolve(path);
  try {
    return Bun.resolveSync(absolute, dirname(absolute));
  } catch (cause) {
    throw new Error(`Cannot find the module ${absolute}`, { cause });
  }
}

function entryModule(options: BundleOptions, from: string): string {
  const { workflowsPath, workflowInterceptorModules = [], payloadConverterPath, failureConverterPath } = options;
  const load = (path: string): string => `require(${JSON.stringify(resolveModule(path, from))})`;
  const optional = (path: string | undefined): string => (path === undefined ? '{}' : load(path));
  return [
    `exports.payloadConverter = () => (${optional(payloadConverterPath)});`,
    `exports.failureConverter = () => (${optional(failureConverterPath)});`,
    `exports.importInterceptors = () => [${[...new Set(workflowInterceptorModules)].map(load).join(', ')}];`,
    `exports.importWorkflows = () => ${load(workflowsPath)};`,
  ].join('\n');
}

/** The file of a module that is given by its path, or by its name as the workflows' module would import it. */
function resolveModule(specifier: string, from: string): string {
  return specifier.startsWith('.') || isAbsolute(specifier) ? moduleFile(specifier) : Bun.resolveSync(specifier, from);
}

function workflowsPlugin(
  entry: string,
  preloaded: ReadonlyMap<string, string>,
  shared: Map<string, string>,
  rules: Omit<ImportRules, 'library'>,
): BunPlugin {
  return {
    name: 'temporal-workflows',
    setup(build) {
      build.onResolve({ filter: /^temporal:entry$/ }, () => ({ path: 'entry', namespace: 'temporal' }));
      addModules(build, 'temporal', () => entry);
      // Preloaded modules are known by their files, so each import has to be looked up.
      if (preloaded.size > 0) {
        build.onResolve({ filter: /.*/ }, ({ path, importer }) => {
          const name = preloaded.get(resolveFrom(path, importer) ?? '');
          return name === undefined ? undefined : { path: name, external: true };
        });
      }
      addImportRules(build, {
        ...rules,
        library(specifier) {
          const file = resolveShared(specifier);
          const name = shared.get(file) ?? specifier;
          shared.set(file, name);
          return { path: name, external: true };
        },
      });
    },
  };
}

function resolveFrom(specifier: string, importer: string): string | undefined {
  try {
    return Bun.resolveSync(specifier, dirname(importer));
  } catch {
    // For the build to find out, and to complain of.
    return undefined;
  }
}

/**
 * `import * as workflow from '@temporalio/workflow'` makes Bun's bundles copy the module's exports, one by one. The library
 * is the same for all runs, so one copy does.
 */
function withSharedNamespaces(code: string): string {
  const start = 'var __toESM = (mod, isNodeMode, target) => {';
  return code.replace(start, `${start} var shared = __temporal_namespace(mod, isNodeMode); if (shared) return shared;`);
}
