import { dirname, isAbsolute, resolve } from 'node:path';
import type { Logger } from '@temporalio/common';
import type { BuildChanges } from '../build-changes.ts';
import { type BundleInputs, makeConfiguration, type WebpackConfiguration } from './configuration.ts';
import { definitionsOf } from './definitions.ts';
import { externalsOf } from './externals.ts';
import { ImportChanges } from './imports.ts';
import { LoaderRunner } from './loaders.ts';
import { checkExperiments, checkNode } from './node-and-experiments.ts';
import { knownPlugins } from './plugins.ts';
import { refusal, wrongValue } from './refusal.ts';
import { checkResolve, findsTheSame, newResolver, type ResolveOptions } from './resolver.ts';
import { RuleIssuers } from './rule-issuers.ts';
import { checkRules } from './rules.ts';
import { sourceByRules } from './sources.ts';

/** Changes the configuration of webpack, and returns it or another one. */
// biome-ignore lint/suspicious/noExplicitAny: a webpack configuration, whose types are not here.
export type WebpackConfigHook = (config: any) => any;

/** Properties that are translated. */
const TRANSLATED = new Set([
  'context',
  'entry',
  'experiments',
  'externals',
  'externalsType',
  'mode',
  'module',
  'node',
  'plugins',
  'resolve',
  'resolveLoader',
  'target',
]);

/** Properties of how webpack works, and of how its output looks. */
const WITHOUT_EFFECT = new Set([
  'bail',
  'cache',
  'dependencies',
  'devServer',
  'devtool',
  'ignoreWarnings',
  'infrastructureLogging',
  'name',
  'optimization',
  'output',
  'parallelism',
  'performance',
  'profile',
  'recordsInputPath',
  'recordsOutputPath',
  'recordsPath',
  'snapshot',
  'stats',
  'validate',
  'watch',
  'watchOptions',
]);

const MODES: unknown[] = ['development', 'production', 'none'];

const REMEDIES: Record<string, string> = {
  amd: 'leave it out',
  extends: 'merge the configurations in the hook',
  externalsPresets: 'name the modules in `externals`, or in `bundlerOptions.ignoreModules`',
  loader: 'give the loaders their `options`',
};

/** How loaders are found, which run in this process. */
const LOADER_RESOLUTION: ResolveOptions = {
  conditionNames: ['loader', 'require', 'node'],
  mainFields: ['loader', 'main'],
  aliasFields: [],
  extensions: ['.js'],
};

/**
 * Calls a hook with a configuration of webpack, and translates what it returns.
 *
 * @returns undefined if the hook changes nothing.
 * @throws TypeError that names the property that cannot be translated, and says what to use instead.
 */
export function webpackChanges(
  hook: WebpackConfigHook,
  inputs: BundleInputs,
  logger: Logger | undefined,
): BuildChanges | undefined {
  const usual = makeConfiguration(inputs);
  const given = makeConfiguration(inputs);
  // The hook may change the configuration.
  const ownPlugins = [...(given.plugins as unknown[])];
  const { externals: ownExternals } = given;
  const returned: unknown = hook(given);
  if (typeof returned !== 'object' || returned === null || returned instanceof Promise) {
    throw new TypeError('webpackConfigHook must return a configuration');
  }
  const configuration = returned as WebpackConfiguration;
  for (const [name, value] of Object.entries(configuration)) {
    if (value === undefined || TRANSLATED.has(name) || WITHOUT_EFFECT.has(name)) continue;
    throw refusal(name, REMEDIES[name] ?? 'webpack has no such property');
  }
  checkTarget(configuration.target);
  checkExperiments(configuration.experiments);
  checkNode(configuration.node);
  const { resolve: resolveOptions = {} } = configuration;
  const mode = modeOf(configuration);
  checkResolve(resolveOptions);
  const rules = rulesOf(configuration.module);
  const folder = resolve(String(configuration.context ?? process.cwd()));
  const plugins = knownPlugins(configuration, ownPlugins, folder);
  const entries = entriesBefore(inputs.entry, configuration.entry, folder);
  const definitions = new Map(plugins.flatMap(definitionsOf));
  if (mode === 'production' && !definitions.has('process.env.NODE_ENV')) {
    definitions.set('process.env.NODE_ENV', { code: '"production"' });
  }
  const isUnchanged =
    findsTheSame(resolveOptions, usual.resolve) &&
    sameRules(rules, rulesOf(usual.module)) &&
    configuration.externals === ownExternals;
  if (isUnchanged && plugins.length === 0 && entries.length === 0 && definitions.size === 0) return undefined;

  const resolver = newResolver(resolveOptions, folder, mode);
  const imports = new ImportChanges({
    plugins,
    externals: externalsOf(configuration),
    ignoreModules: inputs.ignoreModules,
    resolver,
    usualResolver: findsTheSame(resolveOptions, usual.resolve)
      ? undefined
      : newResolver(usual.resolve as ResolveOptions, folder, 'development'),
  });
  const runner = new LoaderRunner({
    folder: dirname(inputs.entry),
    mode,
    logger,
    resolver,
    loaderResolver: newResolver({ ...LOADER_RESOLUTION, ...(configuration.resolveLoader as object) }, folder, mode),
  });
  const issuers = new RuleIssuers(rules);
  return {
    entries,
    definitions,
    async resolve(request) {
      const answer = await imports.resolve(request);
      issuers.add(request, answer);
      return answer;
    },
    load: (path) => sourceByRules(path, issuers.of(path), rules, runner),
    isInContext: (...file) => imports.isInContext(...file),
  };
}

function modeOf({ mode = 'production' }: WebpackConfiguration): string {
  if (MODES.includes(mode)) return mode as string;
  throw wrongValue('mode', "'development', 'production' or 'none'");
}

function rulesOf(module: unknown): unknown[] {
  const { rules = [], defaultRules } = (module ?? {}) as { rules?: unknown; defaultRules?: unknown };
  if (defaultRules !== undefined) throw refusal('module.defaultRules', 'use `module.rules`');
  checkRules(rules);
  return rules;
}

/** Whether rules are those that every configuration has. */
function sameRules(rules: unknown[], usual: unknown[]): boolean {
  return Bun.deepEquals(rules, usual);
}

function checkTarget(target: unknown): void {
  for (const each of [target ?? []].flat()) {
    if (each === false || /^(web|webworker|browserslist|es\d+|es5)\b/.test(String(each))) continue;
    throw refusal(
      `target: '${each}'`,
      "leave it out: workflow code runs neither in Node nor in Bun, and is built as for 'web'",
    );
  }
}

/** The modules that an `entry` has before that of the bundle. */
function entriesBefore(own: string, entry: unknown, folder: string): string[] {
  const modules = modulesOf(entry);
  const place = modules.lastIndexOf(own);
  if (place < 0) throw wrongValue('entry', 'made of the entry that it had, and modules before it');
  if (place < modules.length - 1) {
    throw refusal(
      'entry',
      'put modules before the entry that it had. Those after it would take the place of the workflows',
    );
  }
  return modules
    .slice(0, place)
    .map((module) => (module.startsWith('.') && !isAbsolute(module) ? resolve(folder, module) : module));
}

function modulesOf(entry: unknown): string[] {
  if (typeof entry === 'string') return [entry];
  if (Array.isArray(entry)) return entry.flatMap(modulesOf);
  if (typeof entry === 'function') return modulesOf(entry());
  if (typeof entry !== 'object' || entry === null) return [];
  const [[, only] = [], ...others] = Object.entries(entry);
  if (others.length > 0) throw refusal('entry', 'a workflow bundle has one entry. Put the modules of all in one array');
  return typeof only === 'object' && only !== null && 'import' in only ? modulesOf(only.import) : modulesOf(only);
}
