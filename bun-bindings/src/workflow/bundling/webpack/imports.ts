import { dirname, isAbsolute, join, relative } from 'node:path';
import type { ImportAnswer, ImportRequest } from '../build-changes.ts';
import { specialImport } from '../import-rules.ts';
import { refusal } from './refusal.ts';
import type { Resolver } from './resolver.ts';

type Externals = (request: ImportRequest) => Promise<ImportAnswer | undefined>;

interface ReplacementPlugin {
  resourceRegExp: RegExp;
  newResource: string | ((data: ResolveData) => void);
}

interface IgnoreOptions {
  resourceRegExp?: RegExp;
  contextRegExp?: RegExp;
  checkResource?: (resource: string, context: string) => boolean;
}

interface ContextPlugin {
  resourceRegExp: RegExp;
  newContentRegExp?: RegExp;
  newContentResource?: unknown;
}

/** The data of an import that functions of NormalModuleReplacementPlugin get, and change. */
interface ResolveData {
  context: string;
  request: string;
  contextInfo: { issuer: string };
  dependencies: object[];
  createData: { resource?: string; request?: string; userRequest?: string };
}

export interface ImportChangesOptions {
  plugins: readonly object[];
  externals: Externals;
  ignoreModules: readonly string[];
  /** Finds modules by the configuration as the hook returned it. */
  resolver: Resolver;
  /** Finds modules by the configuration as the hook got it. Undefined if they find the same. */
  usualResolver: Resolver | undefined;
}

/** Answers imports by a webpack configuration, in the steps in which webpack does. */
export class ImportChanges {
  readonly #options: ImportChangesOptions;
  readonly #replacements: ReplacementPlugin[];
  readonly #contexts: ContextPlugin[];

  constructor(options: ImportChangesOptions) {
    this.#options = options;
    this.#replacements = pluginsOf<ReplacementPlugin>(options.plugins, 'NormalModuleReplacementPlugin');
    this.#contexts = pluginsOf<ContextPlugin>(options.plugins, 'ContextReplacementPlugin');
    for (const { newContentRegExp, newContentResource } of this.#contexts) {
      if (newContentRegExp === undefined || newContentResource !== undefined) {
        throw refusal('ContextReplacementPlugin', 'give it two regular expressions, of the folder and of its files');
      }
    }
  }

  async resolve(request: ImportRequest): Promise<ImportAnswer | undefined> {
    const data = this.#beforeResolve(request);
    if (data === undefined) return { kind: 'missing' };
    const asked = { ...request, specifier: data.request };
    return (await this.#options.externals(asked)) ?? this.#find(asked, request, data);
  }

  isInContext(folder: string, file: string, importer: string): boolean {
    const request = relativeRequest(folder, dirname(importer));
    if (this.#isIgnored(request, dirname(importer))) return false;
    return this.#contexts
      .filter(({ resourceRegExp }) => resourceRegExp.test(folder.replace(/[\\/]$/, '')) || resourceRegExp.test(request))
      .every(({ newContentRegExp }) => newContentRegExp?.test(relativeRequest(file, folder)));
  }

  /** Undefined if the import is ignored. */
  #beforeResolve({ specifier, importer }: ImportRequest): ResolveData | undefined {
    const data: ResolveData = {
      context: dirname(importer),
      request: specifier,
      contextInfo: { issuer: importer },
      dependencies: [],
      createData: {},
    };
    for (const plugin of this.#options.plugins) {
      const name = plugin.constructor.name;
      if (name === 'IgnorePlugin' && isIgnoredBy(plugin as { options: IgnoreOptions }, data.request, data.context)) {
        return undefined;
      }
      if (name !== 'NormalModuleReplacementPlugin') continue;
      const { resourceRegExp, newResource } = plugin as unknown as ReplacementPlugin;
      if (!resourceRegExp.test(data.request)) continue;
      if (typeof newResource === 'function') newResource(data);
      else data.request = newResource;
    }
    return data;
  }

  async #find(asked: ImportRequest, original: ImportRequest, data: ResolveData): Promise<ImportAnswer | undefined> {
    const { resolver, usualResolver, ignoreModules } = this.#options;
    const { specifier, kind } = asked;
    const isReplaced = specifier !== original.specifier;
    const special = specialImport(specifier, asked.importer, ignoreModules);
    if (special !== undefined && usualResolver === undefined) {
      return isReplaced ? { kind: 'request', specifier } : undefined;
    }
    // Without these there is nothing that could change the answer.
    if (!isReplaced && usualResolver === undefined && this.#replacements.length === 0 && !specifier.includes('?')) {
      return undefined;
    }
    const found = await resolver(specifier, data.context, kind);
    const isChanged = usualResolver !== undefined && found !== (await usualResolver(specifier, data.context, kind));
    if (special !== undefined && !isChanged) return isReplaced ? { kind: 'request', specifier } : undefined;
    if (found === undefined) return this.#notFound(asked, original);
    if (found === false) return isChanged || isReplaced ? { kind: 'ignored' } : undefined;
    const file = this.#afterResolve(found, data);
    return isChanged || isReplaced || file !== found || specifier.includes('?')
      ? { kind: 'file', path: file }
      : undefined;
  }

  #notFound({ specifier }: ImportRequest, original: ImportRequest): undefined {
    if (specifier === original.specifier) return undefined;
    throw new Error(
      `webpackConfigHook: NormalModuleReplacementPlugin puts '${specifier}' in the place of '${original.specifier}' ` +
        `in ${original.importer}, but there is no such module`,
    );
  }

  #afterResolve(file: string, data: ResolveData): string {
    const { createData } = data;
    Object.assign(createData, { resource: file, request: file, userRequest: file });
    for (const { resourceRegExp, newResource } of this.#replacements) {
      const resource = createData.resource ?? file;
      if (!resourceRegExp.test(resource)) continue;
      if (typeof newResource === 'function') newResource(data);
      else createData.resource = isAbsolute(newResource) ? newResource : join(dirname(resource), newResource);
    }
    return createData.resource ?? file;
  }

  #isIgnored(request: string, context: string): boolean {
    return pluginsOf<{ options: IgnoreOptions }>(this.#options.plugins, 'IgnorePlugin').some((plugin) =>
      isIgnoredBy(plugin, request, context),
    );
  }
}

function pluginsOf<T>(plugins: readonly object[], name: string): T[] {
  return plugins.filter((plugin) => plugin.constructor.name === name) as T[];
}

function isIgnoredBy({ options }: { options: IgnoreOptions }, request: string, context: string): boolean {
  const { checkResource, resourceRegExp, contextRegExp } = options;
  if (checkResource?.(request, context)) return true;
  return resourceRegExp?.test(request) === true && (contextRegExp === undefined || contextRegExp.test(context));
}

function relativeRequest(path: string, folder: string): string {
  const request = relative(folder, path);
  return request.startsWith('.') ? request : `./${request}`;
}
