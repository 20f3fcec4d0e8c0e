import { extname, isAbsolute, join } from 'node:path';
import type {
  BuildConfig,
  BunPlugin,
  Loader,
  OnLoadCallback,
  OnLoadResult,
  OnResolveCallback,
  PluginBuilder,
} from 'bun';
import { type BuildChanges, type ChangedSource, dataModule, type ImportAnswer } from './build-changes.ts';
import { COMPILE_OPTIONS } from './bun-build.ts';
import { anyOf } from './import-rules.ts';

/** A callback of a plugin, with what it applies to. */
interface Registered<Callback> {
  plugin: string;
  filter: RegExp;
  namespace: string;
  callback: Callback;
}

type LoadedByPlugin = Extract<OnLoadResult, object>;

interface VirtualModule {
  namespace: string;
  path: string;
}

const CODE = new Set<Loader>(['js', 'jsx', 'ts', 'tsx']);
const LOADERS: Record<string, Loader> = {
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.json': 'json',
  '.toml': 'toml',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.txt': 'text',
};

/**
 * Sets plugins of Bun's bundler up for workflow bundles. A workflow bundle takes several builds, and modules are resolved and
 * loaded in the first one, so the callbacks are called from there.
 *
 * @param folder the folder of the workflows.
 */
export async function bunPluginChanges(plugins: readonly BunPlugin[], folder: string): Promise<BuildChanges> {
  const recorder = new PluginRecorder(plugins, join(folder, '~virtual'));
  for (const plugin of plugins) await plugin.setup(recorder.builderFor(plugin.name));
  await recorder.start();
  return recorder;
}

class PluginRecorder implements BuildChanges {
  readonly entries: readonly string[] = [];
  readonly definitions: BuildChanges['definitions'] = new Map();
  readonly #plugins: readonly BunPlugin[];
  /** Virtual modules have paths in this folder, which does not exist, so that they import packages as the workflows do. */
  readonly #folder: string;
  readonly #resolvers: Registered<OnResolveCallback>[] = [];
  readonly #loaders: Registered<OnLoadCallback>[] = [];
  readonly #starts: (() => void | Promise<void>)[] = [];
  readonly #virtual = new Map<string, VirtualModule>();

  constructor(plugins: readonly BunPlugin[], folder: string) {
    this.#plugins = plugins;
    this.#folder = folder;
  }

  builderFor(plugin: string): PluginBuilder {
    const registered = <Callback>(
      list: Registered<Callback>[],
      { filter, namespace = 'file' }: { filter: RegExp; namespace?: string },
      callback: Callback,
    ): PluginBuilder => {
      list.push({ plugin, filter, namespace, callback });
      return builder;
    };
    const builder: PluginBuilder = {
      config: { ...COMPILE_OPTIONS, entrypoints: [], plugins: [...this.#plugins] } satisfies BuildConfig,
      onStart: (callback) => {
        this.#starts.push(callback);
        return builder;
      },
      // The result of one of several builds would say nothing.
      onEnd: () => builder,
      onResolve: (constraints, callback) => registered(this.#resolvers, constraints, callback),
      onLoad: (constraints, callback) => registered(this.#loaders, constraints, callback),
      module: (specifier, callback) => {
        const filter = anyOf([specifier]);
        const namespace = `module-of-${plugin}`;
        registered(this.#resolvers, { filter }, () => ({ path: specifier, namespace }));
        return registered(this.#loaders, { filter, namespace }, callback);
      },
      onBeforeParse: () => {
        throw new TypeError(
          `bunPlugins: onBeforeParse of the plugin '${plugin}' is not supported, as it sees native code only: use onLoad`,
        );
      },
    };
    return builder;
  }

  async start(): Promise<void> {
    for (const start of this.#starts) await start();
  }

  async resolve({
    specifier,
    importer,
    kind,
  }: Parameters<BuildChanges['resolve']>[0]): Promise<ImportAnswer | undefined> {
    const from = this.#virtual.get(importer) ?? { namespace: 'file', path: importer };
    for (const { plugin, filter, namespace, callback } of this.#resolvers) {
      if (namespace !== from.namespace || !matches(filter, specifier)) continue;
      const result = await callback({
        path: specifier,
        importer: from.path,
        namespace: from.namespace,
        resolveDir: join(importer, '..'),
        kind: kind === 'require' ? 'require-call' : 'import-statement',
      });
      if (result === undefined || result === null) continue;
      if (result.external) return { kind: 'missing' };
      const { path, namespace: target = 'file' } = result;
      if (target !== 'file') return { kind: 'file', path: this.#virtualFile({ namespace: target, path }) };
      if (isAbsolute(path)) return { kind: 'file', path };
      throw new TypeError(
        `bunPlugins: onResolve of the plugin '${plugin}' gave the path '${path}', which is not absolute`,
      );
    }
    return undefined;
  }

  async load(file: string): Promise<ChangedSource | undefined> {
    const virtual = this.#virtual.get(file);
    const { path, namespace } = virtual ?? { path: file, namespace: 'file' };
    const loader = LOADERS[extname(path)] ?? 'js';
    for (const registered of this.#loaders) {
      if (registered.namespace !== namespace || !matches(registered.filter, path)) continue;
      const result = await registered.callback({ path, namespace, loader, defer: async () => {} });
      if (result) return sourceOf(result, loader, registered.plugin);
    }
    if (virtual !== undefined) throw new Error(`bunPlugins: no plugin loads '${path}' of the namespace '${namespace}'`);
    return undefined;
  }

  isInContext(): boolean {
    return true;
  }

  #virtualFile(module: VirtualModule): string {
    const file = join(this.#folder, module.namespace, module.path.replaceAll('..', '%2E%2E'));
    this.#virtual.set(file, module);
    return file;
  }
}

function matches(filter: RegExp, text: string): boolean {
  filter.lastIndex = 0;
  return filter.test(text);
}

function sourceOf(result: LoadedByPlugin, fallback: Loader, plugin: string): ChangedSource {
  if (result.loader === 'object')
    return dataModule({ __esModule: true, ...('exports' in result ? result.exports : {}) });
  if (!('contents' in result)) throw new TypeError(`bunPlugins: onLoad of the plugin '${plugin}' gave no contents`);
  const { contents, loader = fallback } = result;
  const text = typeof contents === 'string' ? contents : new TextDecoder().decode(contents as ArrayBuffer);
  if (CODE.has(loader)) return { code: text, loader: loader as ChangedSource['loader'] };
  switch (loader) {
    case 'json':
      return dataModule(JSON.parse(text));
    case 'jsonc':
      return dataModule(Bun.JSONC.parse(text));
    case 'toml':
      return dataModule(Bun.TOML.parse(text));
    case 'yaml':
      return dataModule(Bun.YAML.parse(text));
    case 'text':
      return dataModule(text);
    default:
      throw new TypeError(
        `bunPlugins: the plugin '${plugin}' asks for the loader '${loader}', which workflows have no use for: ` +
          'return code with the loader js, or data with text or json',
      );
  }
}
