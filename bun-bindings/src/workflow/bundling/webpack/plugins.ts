import fs from 'node:fs';
import * as classes from './plugin-classes.ts';
import { collect, type PluginCompiler } from './plugin-classes.ts';
import { refusal, wrongValue } from './refusal.ts';

/** Plugins that only change how the output looks, or report. */
const WITHOUT_EFFECT = new Set([
  'AggressiveMergingPlugin',
  'AutomaticPrefetchPlugin',
  'BannerPlugin',
  'BundleAnalyzerPlugin',
  'CaseSensitivePathsPlugin',
  'CircularDependencyPlugin',
  'CleanPlugin',
  'CleanWebpackPlugin',
  'CompressionPlugin',
  'CopyPlugin',
  'CopyRspackPlugin',
  'CopyWebpackPlugin',
  'CssMinimizerPlugin',
  'DeterministicChunkIdsPlugin',
  'DeterministicModuleIdsPlugin',
  'DuplicatePackageCheckerPlugin',
  'ESLintWebpackPlugin',
  'EvalSourceMapDevToolPlugin',
  'FilterWarningsPlugin',
  'ForkTsCheckerWebpackPlugin',
  'FriendlyErrorsWebpackPlugin',
  'HashedModuleIdsPlugin',
  'HotModuleReplacementPlugin',
  'LicenseWebpackPlugin',
  'LimitChunkCountPlugin',
  'LoaderOptionsPlugin',
  'LodashModuleReplacementPlugin',
  'MergeDuplicateChunksPlugin',
  'MinChunkSizePlugin',
  'ModuleConcatenationPlugin',
  'NamedChunkIdsPlugin',
  'NamedModuleIdsPlugin',
  'NamedModulesPlugin',
  'NoEmitOnErrorsPlugin',
  'OccurrenceOrderPlugin',
  'PrefetchPlugin',
  'ProfilingPlugin',
  'ProgressPlugin',
  'RemoveEmptyChunksPlugin',
  'RuntimeChunkPlugin',
  'SideEffectsFlagPlugin',
  'SimpleProgressWebpackPlugin',
  'SourceMapDevToolPlugin',
  'SplitChunksPlugin',
  'StatsWriterPlugin',
  'TerserPlugin',
  'TsCheckerRspackPlugin',
  'UglifyJsPlugin',
  'WatchIgnorePlugin',
  'WebpackAssetsManifest',
  'WebpackBarPlugin',
  'WebpackManifestPlugin',
]);

/** Hooks of a compiler that only report. */
const REPORTING_HOOKS = new Set([
  'afterDone',
  'afterEmit',
  'assetEmitted',
  'done',
  'failed',
  'invalid',
  'shutdown',
  'watchClose',
  'watchRun',
  'infrastructureLog',
]);

const REMEDY =
  'use the plugins at `compiler.webpack` (DefinePlugin, EnvironmentPlugin, IgnorePlugin, NormalModuleReplacementPlugin, ' +
  'ProvidePlugin, ContextReplacementPlugin), or `bundlerOptions.bunPlugins`';

/**
 * Lists the plugins of a configuration that can be translated, in order. A plugin of a user's own is applied to a compiler that
 * has no more than webpack's plugins: those that it applies in turn are in the list.
 *
 * @param own the plugins that the configuration had before, which are left out.
 * @throws TypeError that names a plugin that uses more than that.
 */
export function knownPlugins(
  configuration: Readonly<Record<string, unknown>>,
  own: readonly unknown[],
  folder: string,
): object[] {
  const { plugins = [] } = configuration;
  if (!Array.isArray(plugins)) throw wrongValue('plugins', 'an array');
  const found: object[] = [];
  for (const [index, plugin] of plugins.entries()) {
    // webpack takes such values for plugins that are switched off.
    if (!plugin || own.includes(plugin)) continue;
    addPlugin(plugin, `plugins[${index}]`, configuration, folder, found);
  }
  return found;
}

function addPlugin(plugin: unknown, property: string, configuration: object, folder: string, found: object[]): void {
  const name = nameOf(plugin);
  if (WITHOUT_EFFECT.has(name)) return;
  if (Object.hasOwn(classes, name)) {
    found.push(plugin as object);
    return;
  }
  const compiler = newCompiler(`${property} (${name})`, configuration, folder, (applied) =>
    addPlugin(applied, property, configuration, folder, found),
  );
  if (typeof plugin === 'function') plugin.call(compiler, compiler);
  else if (typeof (plugin as { apply?: unknown }).apply === 'function') {
    (plugin as { apply(compiler: object): void }).apply(compiler);
  } else throw wrongValue(property, 'a plugin, which has a method apply');
}

function nameOf(plugin: unknown): string {
  return typeof plugin === 'object'
    ? (plugin?.constructor?.name ?? '')
    : typeof plugin === 'function'
      ? plugin.name
      : '';
}

function newCompiler(
  property: string,
  options: object,
  folder: string,
  add: (plugin: object) => void,
): PluginCompiler & object {
  const ignore = () => undefined;
  const logger = new Proxy({}, { get: () => ignore });
  const hook = { tap: ignore, tapAsync: ignore, tapPromise: ignore };
  const members: Record<string, unknown> = {
    options,
    context: folder,
    name: undefined,
    parentCompilation: undefined,
    inputFileSystem: fs,
    getInfrastructureLogger: () => logger,
    isChild: () => false,
    webpack: webpackOf(property),
    hooks: refusingOthers(`${property}: compiler.hooks`, (name) => (REPORTING_HOOKS.has(name) ? hook : undefined)),
  };
  return new Proxy({ [collect]: add } as PluginCompiler, {
    get: (target, name) =>
      typeof name === 'symbol' ? Reflect.get(target, name) : memberOf(members, name, `${property}: compiler.${name}`),
    has: (target, name) => name in target || name in members,
  });
}

function webpackOf(property: string): object {
  class WithoutEffect {
    apply(): void {}
  }
  const optimize = refusingOthers(`${property}: compiler.webpack.optimize`, (name) =>
    WITHOUT_EFFECT.has(name) ? WithoutEffect : undefined,
  );
  return refusingOthers(`${property}: compiler.webpack`, (name) => {
    if (name === 'optimize') return optimize;
    if (WITHOUT_EFFECT.has(name)) return WithoutEffect;
    return name.endsWith('Plugin') ? (classes as Record<string, unknown>)[name] : undefined;
  });
}

/** An object whose members are looked up; asking for one that there is not is an error. */
function refusingOthers(property: string, member: (name: string) => unknown): object {
  return new Proxy(
    {},
    {
      get(target, name) {
        if (typeof name === 'symbol') return Reflect.get(target, name);
        const found = member(name);
        if (found === undefined) throw refusal(`${property}.${name}`, REMEDY);
        return found;
      },
    },
  );
}

function memberOf(members: Record<string, unknown>, name: string, property: string): unknown {
  if (!Object.hasOwn(members, name)) throw refusal(property, REMEDY);
  return members[name];
}
