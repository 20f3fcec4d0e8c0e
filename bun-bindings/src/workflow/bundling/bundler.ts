import { dirname } from 'node:path';
import type { Logger } from '@temporalio/common';
import type { BunPlugin } from 'bun';
import { type BuildChanges, combineChanges } from './build-changes.ts';
import { serializeBundle } from './bundle.ts';
import { type BundleCache, defaultCache, lateDefaultCache } from './bundle-cache.ts';
import { noteBundle } from './expected-bundle.ts';
import { libraryBundle } from './library-bundle.ts';
import type { LoadedBundle } from './loaded-bundle.ts';
import { moduleMatches } from './module-rules.ts';
import { userBundle } from './user-bundle.ts';
import type { WebpackConfigHook } from './webpack/translate.ts';

/** A hook into bundling, for plugins that add workflow code or interceptors. */
export interface BundlerPlugin {
  /** The name of the plugin. */
  get name(): string;
  /** Changes the options of a bundle before it is built. */
  configureBundler?(options: BundleOptions): BundleOptions;
}

/** Options of {@link bundleWorkflowCode}. Paths are absolute or relative to the working directory. */
export interface BundleOptions {
  /** The module that exports the workflows: a file, or a directory with an index file. */
  workflowsPath: string;
  /** Paths of modules that export `interceptors`, a `WorkflowInterceptorsFactory`. */
  workflowInterceptorModules?: string[];
  /** Gets the size of the bundle and warnings about it. */
  logger?: Logger;
  /** The path of a module that exports `payloadConverter`. */
  payloadConverterPath?: string;
  /** The path of a module that exports `failureConverter`. */
  failureConverterPath?: string;
  /**
   * Modules to leave out of the bundle, such as built-in modules of Node that a package imports but workflows never
   * use. Their exports are `undefined` at run time.
   */
  ignoreModules?: string[];
  /**
   * Modules to evaluate once per thread, before all workflow runs. What a run changes of the objects that their exports lead
   * to is its own. Variables inside of a module are shared, so it must not assign to them after it was loaded.
   */
  preloadModules?: string[];
  /**
   * Changes the configuration of webpack, as with `@temporalio/worker`. What it returns is translated to Bun's bundler:
   * `entry`, `resolve`, `externals`, `module.rules` and `plugins`. A property that cannot be translated is an error that
   * names it. `docs/worker-runtime.md` lists them. A bundle with changes is built anew at each start.
   */
  webpackConfigHook?: WebpackConfigHook;
  /**
   * Plugins for Bun's bundler: their `onResolve` and `onLoad` are asked before anything else. `onEnd` is not called, and
   * `onBeforeParse` is an error. A bundle with plugins is built anew at each start.
   */
  bunPlugins?: BunPlugin[];
  /** Plugins that may change these options, one after the other. */
  plugins?: BundlerPlugin[];
}

/** The result of {@link bundleWorkflowCode}. Pass it to `WorkerOptions.workflowBundle`, or write `code` to a file. */
export interface WorkflowBundleWithSourceMap {
  /** @deprecated `code` contains its source map. */
  sourceMap: string;
  code: string;
}

/**
 * Bundles workflows ahead of time, so that a production worker starts faster and without their sources.
 *
 * @throws Error with file, line and import chain if a module cannot be found or parsed, or is not allowed in workflows.
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

/** Builds bundles of workflow code. {@link bundleWorkflowCode} is a shortcut for it. */
export class WorkflowCodeBundler {
  readonly #options: BundleOptions;
  readonly #cache: BundleCache;

  /** @param cache contains results of earlier builds. */
  constructor(options: BundleOptions, cache: BundleCache = defaultCache) {
    this.#options = applyPlugins(options);
    this.#cache = cache;
    const { preloadModules = [], ignoreModules = [] } = this.#options;
    const both = preloadModules.filter((name) => moduleMatches(name, ignoreModules));
    if (both.length > 0) {
      throw new Error(`Cannot preload modules that are also ignored: ${both.map((name) => `'${name}'`).join(', ')}`);
    }
  }

  async createBundle(): Promise<WorkflowBundleWithSourceMap> {
    return { sourceMap: 'deprecated: this is no longer in use\n', code: serializeBundle(await this.build()) };
  }

  /** Builds the bundle in the form that workers of this process load. */
  async build(): Promise<LoadedBundle> {
    const started = performance.now();
    const { logger, workflowsPath, payloadConverterPath, failureConverterPath } = this.#options;
    const { workflowInterceptorModules = [], ignoreModules = [], preloadModules = [] } = this.#options;
    const { part, shared, warnings, cached, key } = await userBundle(
      {
        workflowsPath,
        workflowInterceptorModules,
        payloadConverterPath,
        failureConverterPath,
        ignoreModules,
        preloadModules,
      },
      this.#cache,
      (entry) => this.#changes(entry.path),
    );
    if (key !== undefined && this.#cache === lateDefaultCache) void noteBundle(key);
    const library = await libraryBundle(new Map(shared), ignoreModules, this.#cache);
    for (const warning of warnings) logger?.warn(warning);
    logger?.debug('Workflow bundle created', {
      size: `${Math.ceil((part.code.length + library.code.length) / 1024)} KB`,
      tookMs: Math.round(performance.now() - started),
      cached,
    });
    return { workflows: part, library };
  }

  /** Returns the changes that the options make in the build. Loads the code for them on demand: few projects change anything. */
  async #changes(entry: string): Promise<BuildChanges | undefined> {
    const { bunPlugins = [], webpackConfigHook, logger, ignoreModules = [] } = this.#options;
    const { payloadConverterPath, failureConverterPath } = this.#options;
    const changes: (BuildChanges | undefined)[] = [];
    if (bunPlugins.length > 0) {
      const { bunPluginChanges } = await import('./bun-plugins.ts');
      changes.push(await bunPluginChanges(bunPlugins, dirname(entry)));
    }
    if (webpackConfigHook !== undefined) {
      const { webpackChanges } = await import('./webpack/translate.ts');
      const inputs = { entry, ignoreModules, payloadConverterPath, failureConverterPath };
      changes.push(webpackChanges(webpackConfigHook, inputs, logger));
    }
    return combineChanges(changes.filter((each) => each !== undefined));
  }
}

/** Bundles workflow code for a worker of this process. */
export async function createWorkflowBundle(options: BundleOptions): Promise<LoadedBundle> {
  return new WorkflowCodeBundler(options, lateDefaultCache).build();
}

function applyPlugins(options: BundleOptions): BundleOptions {
  return (options.plugins ?? []).reduce((current, plugin) => plugin.configureBundler?.(current) ?? current, options);
}
