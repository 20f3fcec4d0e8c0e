import fs from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Logger } from '@temporalio/common';
import { runLoaders } from 'loader-runner';
import { refusal } from './refusal.ts';
import type { Resolver } from './resolver.ts';
import type { LoaderUse } from './rules.ts';

/** The content that a loader makes, and the next one takes. */
export interface LoaderContent {
  content: string | Buffer;
  map?: object | undefined;
}

export interface LoaderRunnerOptions {
  /** The folder of the workflows. */
  folder: string;
  mode: string;
  logger: Logger | undefined;
  /** Finds modules for loaders that ask for them. */
  resolver: Resolver;
  /** Finds loaders. */
  loaderResolver: Resolver;
}

/** Runs loaders of webpack. */
export class LoaderRunner {
  readonly #options: LoaderRunnerOptions;

  constructor(options: LoaderRunnerOptions) {
    this.#options = options;
  }

  /** Runs loaders one after the other, the last one first. */
  async run(path: string, query: string, loaders: readonly LoaderUse[], from: LoaderContent): Promise<LoaderContent> {
    if (loaders.length === 0) return from;
    const entries = await Promise.all(
      loaders.map(async ({ loader, options, property }) => ({
        loader: await this.#fileOf(loader, property),
        options,
        // Without it, the runner names the options by their JSON, which they may not have.
        ident: property,
      })),
    );
    return new Promise((done, failed) => {
      runLoaders(
        {
          resource: path + query,
          loaders: entries,
          context: this.#context(path),
          processResource(context, _resource, callback) {
            context.addDependency(path);
            callback(null, from.content, from.map);
          },
        },
        (error, { result } = {}) => {
          const [content, map] = result ?? [];
          if (error)
            failed(
              new Error(`Cannot bundle workflow code: a loader failed for ${path}: ${error.message}`, { cause: error }),
            );
          else if (content === undefined || content === null) failed(new Error(`The loaders for ${path} gave nothing`));
          else done({ content, map: typeof map === 'string' ? JSON.parse(map) : (map ?? undefined) });
        },
      );
    });
  }

  async #fileOf(loader: string, property: string): Promise<string> {
    const { folder, loaderResolver } = this.#options;
    const file = await loaderResolver(loader, folder, 'require');
    if (file) return file;
    throw refusal(
      property,
      `the loader '${loader}' is not installed. Install it, or use \`bundlerOptions.bunPlugins\``,
    );
  }

  /** Makes the members that webpack adds to `this` of loaders. */
  #context(path: string): object {
    const { folder, mode, logger, resolver } = this.#options;
    const note = (level: 'warn' | 'error') => (error: unknown) =>
      logger?.[level](`${path}: ${(error as Error)?.message ?? error}`);
    const log =
      (level: 'debug' | 'info' | 'warn' | 'error') =>
      (...parts: unknown[]) =>
        logger?.[level](parts.join(' '));
    const find = (from: string, specifier: string, callback: (error: Error | null, file?: string | false) => void) =>
      void resolver(specifier, from, 'import').then((file) =>
        file === undefined ? callback(new Error(`Cannot find the module ${specifier}`)) : callback(null, file),
      );
    return {
      version: 2,
      mode,
      target: 'web',
      sourceMap: true,
      hot: false,
      minimize: false,
      rootContext: folder,
      fs,
      getOptions(this: { query: unknown }) {
        const { query } = this;
        if (typeof query !== 'string') return query ?? {};
        return Object.fromEntries(new URLSearchParams(query.slice(1)));
      },
      getLogger: () => ({
        debug: log('debug'),
        log: log('debug'),
        info: log('info'),
        warn: log('warn'),
        error: log('error'),
      }),
      emitWarning: note('warn'),
      emitError: note('error'),
      emitFile: () => {
        throw refusal('module.rules: emitFile', 'a workflow bundle has no files beside it');
      },
      resolve: find,
      getResolve: () => (from: string, specifier: string, callback?: Parameters<typeof find>[2]) =>
        callback === undefined
          ? new Promise((done, failed) => find(from, specifier, (error, file) => (error ? failed(error) : done(file))))
          : find(from, specifier, callback),
      utils: {
        contextify: (from: string, file: string) => relative(from, file),
        absolutify: (from: string, file: string) => resolve(from, file),
      },
    };
  }
}
