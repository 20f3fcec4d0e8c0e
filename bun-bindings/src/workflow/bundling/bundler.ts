import type { Logger } from '@temporalio/common';
import { serializeBundle } from './bundle.ts';
import { type BundleCache, defaultCache, lateDefaultCache } from './bundle-cache.ts';
import { libraryBundle } from './library-bundle.ts';
import type { LoadedBundle } from './loaded-bundle.ts';
import { moduleMatches } from './module-rules.ts';
import { userBundle } from './user-bundle.ts';

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
  /** Is told when a bundle is made, how large it is, and what is doubtful about it. */
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
   * Modules to evaluate once for all workflow runs of a thread, before any of them. What can be reached from their exports
   * is frozen: a run that tries to change it fails. Variables inside of such a module cannot be frozen, so it must not
   * assign to them once it is loaded.
   */
  preloadModules?: string[];
  /** Workflows are not bundled with webpack here: any hook is refused. */
  // biome-ignore lint/suspicious/noExplicitAny: a webpack configuration, whose types are not here.
  webpackConfigHook?: (config: any) => any;
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
  readonly #options: BundleOptions;
  readonly #cache: BundleCache;

  /** @param cache where what was built before is looked for. */
  constructor(options: BundleOptions, cache: BundleCache = defaultCache) {
    this.#options = applyPlugins(options);
    this.#cache = cache;
    const { webpackConfigHook, preloadModules = [], ignoreModules = [] } = this.#options;
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
  async build(): Promise<LoadedBundle> {
    const started = performance.now();
    const { logger, workflowsPath, payloadConverterPath, failureConverterPath } = this.#options;
    const { workflowInterceptorModules = [], ignoreModules = [], preloadModules = [] } = this.#options;
    const { part, shared, warnings, cached } = await userBundle(
      {
        workflowsPath,
        workflowInterceptorModules,
        payloadConverterPath,
        failureConverterPath,
        ignoreModules,
        preloadModules,
      },
      this.#cache,
    );
    const library = await libraryBundle(new Map(shared), ignoreModules, this.#cache);
    for (const warning of warnings) logger?.warn(warning);
    logger?.debug('Workflow bundle created', {
      size: `${Math.ceil((part.code.length + library.code.length) / 1024)} KB`,
      tookMs: Math.round(performance.now() - started),
      cached,
    });
    return { workflows: part, library };
  }
}

/** Bundles workflow code for a worker of this process. */
export async function createWorkflowBundle(options: BundleOptions): Promise<LoadedBundle> {
  return new WorkflowCodeBundler(options, lateDefaultCache).build();
}

function applyPlugins(options: BundleOptions): BundleOptions {
  return (options.plugins ?? []).reduce((current, plugin) => plugin.configureBundler?.(current) ?? current, options);
}
