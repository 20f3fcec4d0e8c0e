import { dirname, isAbsolute, resolve } from 'node:path';
import type { Logger } from '@temporalio/common';
import type { BunPlugin } from 'bun';
import { buildPart } from './bun-build.ts';
import { serializeBundle, type WorkflowBundle } from './bundle.ts';
import { disallowedModulesError, type DisallowedImport } from './disallowed-imports.ts';
import { buildLibrary, type LibraryModule, resolveShared } from './library-part.ts';
import { isDisallowed, isLibraryModule, moduleMatches, withoutNodePrefix } from './module-rules.ts';

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
    const { workflowsPath, preloadModules = [], ignoreModules = [], logger } = this.options;
    const from = dirname(moduleFile(workflowsPath));
    const shared = new Map<string, LibraryModule>();
    for (const specifier of preloadModules) shared.set(specifier, { specifier, path: Bun.resolveSync(specifier, from) });

    const disallowed: DisallowedImport[] = [];
    const { code, map, imports } = await buildPart('Cannot bundle workflow code', {
      entrypoints: ['temporal:workflows'],
      define: { 'process.env.NODE_ENV': JSON.stringify('development') },
      plugins: [workflowsPlugin(entryModule(this.options, from), ignoreModules, shared, disallowed)],
    });
    if (disallowed.length > 0) throw disallowedModulesError(disallowed, imports);
    const bundle = { workflows: { code: withSharedNamespaces(code), map }, library: await buildLibrary(shared.values()) };
    const kilobytes = Math.ceil((bundle.workflows.code.length + bundle.library.code.length) / 1024);
    logger?.debug('Workflow bundle created', { size: `${kilobytes} KB`, tookMs: Math.round(performance.now() - started) });
    return bundle;
  }
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
  const load = (path: string): string => `require(${JSON.stringify(isPath(path) ? moduleFile(path) : Bun.resolveSync(path, from))})`;
  const optional = (path: string | undefined): string => (path === undefined ? '{}' : load(path));
  return [
    `exports.payloadConverter = () => (${optional(payloadConverterPath)});`,
    `exports.failureConverter = () => (${optional(failureConverterPath)});`,
    `exports.importInterceptors = () => [${[...new Set(workflowInterceptorModules)].map(load).join(', ')}];`,
    `exports.importWorkflows = () => ${load(workflowsPath)};`,
  ].join('\n');
}

function isPath(specifier: string): boolean {
  return specifier.startsWith('.') || isAbsolute(specifier);
}

/** Modules of this package that stand in for Node's. */
const STAND_INS: Record<string, string> = {
  assert: 'module.exports = globalThis.assert;',
  url: 'module.exports = { URL, URLSearchParams };',
  util: 'module.exports = { TextEncoder, TextDecoder };',
};

function workflowsPlugin(
  entry: string,
  ignoreModules: string[],
  shared: Map<string, LibraryModule>,
  disallowed: DisallowedImport[],
): BunPlugin {
  return {
    name: 'temporal-workflows',
    setup(build) {
      const virtual = (namespace: string, contents: (path: string) => string): void => {
        build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: contents(path), loader: 'js' }));
      };
      virtual('temporal', () => entry);
      virtual('temporal-stand-in', (name) => STAND_INS[name] ?? '');
      // A module with no exports, yet CommonJS: so importing a name from it is no error.
      virtual('temporal-ignored', () => 'module.exports = {};');

      build.onResolve({ filter: /^temporal:workflows$/ }, () => ({ path: 'workflows', namespace: 'temporal' }));
      build.onResolve({ filter: /^[^./]/ }, ({ path: specifier, importer }) => {
        const name = withoutNodePrefix(specifier);
        if (moduleMatches(name, ignoreModules)) return { path: name, namespace: 'temporal-ignored' };
        if (shared.has(name)) return { path: name, external: true };
        if (isLibraryModule(name) && !isDisallowed(name)) {
          shared.set(name, { specifier: name, path: resolveShared(name) });
          return { path: name, external: true };
        }
        if (name in STAND_INS) return { path: name, namespace: 'temporal-stand-in' };
        if (!isDisallowed(name)) return undefined;
        // protobufjs looks whether there is a file system, and does without.
        if (!/[\\/]node_modules[\\/]@?protobufjs[\\/]/.test(importer)) disallowed.push({ specifier, importer });
        return { path: name, namespace: 'temporal-ignored' };
      });
      // Outside of workflows these packages import stubs, so that they need no `@temporalio/workflow`.
      build.onResolve({ filter: /[\\/]workflow-imports(\.[jt]s)?$/ }, ({ path, importer }) =>
        /[\\/]interceptors-opentelemetry(-v2)?[\\/]/.test(importer)
          ? { path: Bun.resolveSync(path.replace(/(\.[jt]s)?$/, '-impl'), dirname(importer)) }
          : undefined,
      );
    },
  };
}

/**
 * `import * as workflow from '@temporalio/workflow'` makes Bun's bundles copy the module's exports, one by one. The library
 * is the same for all runs, so one copy does.
 */
function withSharedNamespaces(code: string): string {
  const start = 'var __toESM = (mod, isNodeMode, target) => {';
  return code.replace(start, `${start} var shared = __temporal_namespace(mod, isNodeMode); if (shared) return shared;`);
}
