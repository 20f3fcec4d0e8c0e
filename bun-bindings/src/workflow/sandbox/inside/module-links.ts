import { weakMapGet, weakMapSet } from './primordials.ts';
import { makeOwnSet } from './shared-state/record-collections.ts';

/** Modules of the library bundle, as workflow code may import them. */
export type LibraryModules = Record<string, unknown>;

/** A run's own instance of a module. */
interface Module {
  exports: unknown;
  id: string;
  /** Whether its evaluation is over; webpack has it too. */
  loaded: boolean;
}

type Require = ((specifier: string) => unknown) & {
  resolve(specifier: string): string;
  cache: Record<string, Module>;
};

/** The function that a module of the bundle is. All runs share it, so it closes over nothing. */
type ModuleFunction = (
  module: Module,
  exports: unknown,
  require: Require | undefined,
  links: ModuleLinks | undefined,
  global: object,
  filename: string,
  folder: string,
) => void;

/** A module of the bundle; `module-table.ts` writes them. */
type Definition = [
  kind: number,
  isNodeModule: boolean,
  targets: Record<string, string>,
  /** The names that a module without side effects exports, which is then evaluated when the first of them is asked for. */
  lazyNames: string[] | null,
  url: string,
  usesRequire: boolean,
  evaluate: ModuleFunction,
];

/** The user bundle. */
export interface ModuleTable {
  entry: string;
  /** Ids of the modules that are evaluated once, for all runs, in this order. */
  preloaded: string[];
  modules: Record<string, Definition>;
}

const SCRIPT = 0;
const ES_MODULE = 1;
const DATA = 2;

const LIBRARY = 'library:';
const MISSING = 'missing:';
/** Before specifiers that `require` finds another file for than `import`. */
const REQUIRE = 'require:';

const { defineProperties, defineProperty, freeze, getOwnPropertyNames, hasOwn, create, keys } = Object;
const { toStringTag } = Symbol;

/** The bundle whose modules a run evaluates, and the values that they get. */
export interface RunModulesOptions {
  table: ModuleTable;
  library: LibraryModules;
  preloaded: PreloadedModules;
}

/** Evaluates the modules of a bundle for one run, and gives the exports of its entry. */
export function evaluateBundle(options: RunModulesOptions): unknown {
  return new RunModules(options).require(options.table.entry);
}

/** Modules that all runs share. */
export interface PreloadedModules {
  /** Exports by module id. */
  byId: Readonly<Record<string, unknown>>;
  /** The namespaces of ES modules among them. */
  namespaces: ReadonlySet<object>;
}

/**
 * Evaluates the preloaded modules of a bundle, with all that they import: none of them may be left to the turn of a run.
 *
 * The namespaces of ES modules are copied. What such a module assigns to its variables later stays inside of it, or runs could
 * see of each other.
 */
export function preloadModules(table: ModuleTable, library: LibraryModules): PreloadedModules {
  const modules = new RunModules({ table, library, preloaded: { byId: create(null), namespaces: makeOwnSet() } });
  const byId: Record<string, unknown> = create(null);
  const namespaces = makeOwnSet<object>();
  for (const id of table.preloaded) modules.require(id);
  for (const id of table.preloaded) {
    const exports = modules.require(id);
    byId[id] = modules.isNamespace(exports) ? Object.freeze(Object.assign(newNamespace(), exports)) : exports;
    if (byId[id] !== exports) namespaces.add(byId[id] as object);
  }
  return { byId: Object.freeze(byId), namespaces };
}

/** Names a module that a bundle does not have, as Node does. */
function moduleNotFound(specifier: string): Error {
  const error = new Error(`Cannot find module '${specifier}': a workflow can only load what was bundled with it`);
  return defineProperty(error, 'code', { value: 'MODULE_NOT_FOUND', enumerable: true, configurable: true });
}

/** Whether a value is what `require` gives for a module that a compiler has made of an ES module. */
function isCompiledModule(exports: unknown): exports is { default?: unknown } {
  return (
    exports !== null &&
    (typeof exports === 'object' || typeof exports === 'function') &&
    Boolean((exports as { __esModule?: unknown }).__esModule)
  );
}

/** Properties of all namespaces, as webpack's have them: some code asks a namespace for `hasOwnProperty`. */
const ofNamespaces: PropertyDescriptorMap = freeze({
  __proto__: null,
  __esModule: freeze({ __proto__: null, value: true }),
  [toStringTag]: freeze({ __proto__: null, value: 'Module' }),
} as object as PropertyDescriptorMap);

function newNamespace(): object {
  return defineProperties({}, ofNamespaces);
}

/** Gives the private fields of a derived class to the object that it is made with. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: it is the way to give an object private fields.
    return object;
  }
}

/**
 * Gives the names of a module to one that imports some of them, and evaluates it when the first of them is read. It is no
 * namespace, and code never gets hold of it: making it takes a fraction of the time, and a large package has hundreds of modules.
 */
class StandIn extends Given {
  readonly #modules: RunModules;
  readonly #id: string;
  #exports: Record<string, unknown> | undefined;

  constructor(object: object, modules: RunModules, id: string) {
    super(object);
    this.#modules = modules;
    this.#id = id;
  }

  static is(value: unknown): boolean {
    return typeof value === 'object' && value !== null && #id in value;
  }

  static read(of: StandIn, name: string): unknown {
    of.#exports ??= of.#modules.require(of.#id) as Record<string, unknown>;
    return of.#exports[name];
  }
}

/** The prototypes of stand-ins, by the list of their names. All runs have the same. */
const standInGetters = new WeakMap<readonly string[], object>();

function standInGettersOf(names: readonly string[]): object {
  const made = weakMapGet(standInGetters, names);
  if (made !== undefined) return made;
  const getters = create(null);
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    const { get } = {
      get(this: StandIn) {
        return StandIn.read(this, name);
      },
    };
    defineProperty(getters, name, { __proto__: null, get: freeze(get) } as PropertyDescriptor);
  }
  weakMapSet(standInGetters, names, freeze(getters));
  return getters;
}

// All runs get the same functions, which are frozen and have no prototypes.
const exportGetters = freeze((namespace: object, getters: Record<string, () => unknown>): void => {
  for (const name in getters) {
    defineProperty(namespace, name, { get: getters[name], enumerable: true, configurable: true });
  }
});

const exportAll = freeze((namespace: object, from: unknown): void => {
  if (from === null || (typeof from !== 'object' && typeof from !== 'function')) return;
  for (const name of keys(from)) {
    if (name === 'default' || name === '__esModule' || hasOwn(namespace, name)) continue;
    defineProperty(namespace, name, {
      get: () => (from as Record<string, unknown>)[name],
      enumerable: true,
      configurable: true,
    });
  }
});

const nameDefault = freeze((value: unknown, madeUpName: string): void => {
  if (typeof value !== 'function') return;
  const name = Object.getOwnPropertyDescriptor(value, 'name');
  if (name?.value === madeUpName) defineProperty(value, 'name', { ...name, value: 'default' });
});

/** The modules of one run. */
class RunModules {
  readonly #options: RunModulesOptions;
  readonly #modules: Record<string, Module> = create(null);
  /** Namespaces of the run's ES modules: these have their default export themselves. */
  readonly #namespaces = new WeakSet<object>();

  /** Modules without side effects that were asked for, but not yet for one of their exports. */
  readonly #waiting = new Set<string>();

  constructor(options: RunModulesOptions) {
    this.#options = options;
  }

  /** Gives what a module exports, and evaluates it before if need be. */
  require(id: string): unknown {
    const { byId } = this.#options.preloaded;
    if (id in byId) return byId[id];
    const known = this.#modules[id];
    if (known !== undefined && !this.#waiting.has(id)) return known.exports;
    const definition = this.#definitionOf(id);
    const module = known ?? this.#newModule(id, definition);
    this.#evaluate(module, definition);
    return module.exports;
  }

  #definitionOf(id: string): Definition {
    const { modules } = this.#options.table;
    const definition = hasOwn(modules, id) ? modules[id] : undefined;
    if (definition === undefined) throw moduleNotFound(id);
    return definition;
  }

  #newModule(id: string, [kind]: Definition): Module {
    const exports = kind === ES_MODULE ? newNamespace() : {};
    if (kind === ES_MODULE) this.#namespaces.add(exports);
    const module = { exports: exports as unknown, id, loaded: false };
    this.#modules[id] = module;
    return module;
  }

  #evaluate(module: Module, definition: Definition): void {
    const [kind, , targets, lazyNames, , usesRequire, evaluate] = definition;
    const wasWaiting = this.#waiting.delete(module.id);
    if (wasWaiting) for (const name of lazyNames ?? []) delete (module.exports as Record<string, unknown>)[name];
    const require = usesRequire ? this.#requireOf(targets) : undefined;
    const links = kind === ES_MODULE ? new ModuleLinks(this, definition) : undefined;
    const self = kind === SCRIPT ? module.exports : undefined;
    try {
      Reflect.apply(evaluate, self, [module, module.exports, require, links, globalThis, '/index.js', '/']);
    } catch (error) {
      // As if it had not been asked for: the next one that asks meets the same error.
      if (wasWaiting) this.#wait(module, lazyNames ?? []);
      else delete this.#modules[module.id];
      throw error;
    }
    module.loaded = true;
  }

  /** Whether a specifier of a module leads to JSON or the like. */
  isData(targets: Record<string, string>, specifier: string): boolean {
    return this.#options.table.modules[targets[specifier] ?? '']?.[0] === DATA;
  }

  #requireOf(targets: Record<string, string>): Require {
    const require = ((specifier: string) => this.requireBy(targets, specifier)) as Require;
    require.resolve = (specifier) => {
      const target = this.#targetOf(targets, specifier);
      if (target.startsWith(MISSING)) throw moduleNotFound(specifier);
      return target.startsWith(LIBRARY) ? target.slice(LIBRARY.length) : target;
    };
    require.cache = this.#modules;
    return require;
  }

  /** Gives what a module gets that requires another one. */
  requireBy(targets: Record<string, string>, specifier: string): unknown {
    return this.#load(this.#targetOf(targets, specifier));
  }

  #targetOf(targets: Record<string, string>, specifier: string): string {
    const target = targets[REQUIRE + specifier] ?? targets[specifier] ?? this.#guess(targets, specifier);
    if (target === undefined) throw moduleNotFound(specifier);
    return target;
  }

  /** Finds the module for a name that code has computed: a file of a folder, bundled under its full name, or an id. */
  #guess(targets: Record<string, string>, specifier: string): string | undefined {
    const endings = ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'];
    for (const ending of endings) {
      const target = targets[REQUIRE + specifier + ending] ?? targets[specifier + ending];
      if (target !== undefined) return target;
    }
    return hasOwn(this.#options.table.modules, specifier) ? specifier : undefined;
  }

  #load(target: string): unknown {
    if (target.startsWith(LIBRARY)) return this.#libraryModule(target.slice(LIBRARY.length));
    if (target.startsWith(MISSING)) throw moduleNotFound(target.slice(MISSING.length));
    return this.require(target);
  }

  /** Returns the namespace that an `import` of a target gets. */
  imported(target: string): unknown {
    return this.#withoutEvaluating(target) ?? this.#load(target);
  }

  #libraryModule(name: string): unknown {
    const { library } = this.#options;
    if (!hasOwn(library, name)) throw moduleNotFound(name);
    return library[name];
  }

  defaultOf(module: unknown, isNodeModule: boolean): unknown {
    return this.hasOwnDefault(module) || (!isNodeModule && isCompiledModule(module))
      ? (module as { default?: unknown }).default
      : module;
  }

  /** A CommonJS module as the importer sees it: its properties, whenever they come, and its default export. */
  imports(module: unknown, isNodeModule: boolean): unknown {
    if (this.hasOwnDefault(module) || StandIn.is(module)) return module;
    const isObject = module !== null && (typeof module === 'object' || typeof module === 'function');
    return defineProperty(create(isObject ? (module as object) : null), 'default', {
      get: () => this.defaultOf(module, isNodeModule),
    });
  }

  namespaceWithDefault(module: unknown): object {
    const namespace = newNamespace();
    this.#namespaces.add(namespace);
    defineProperty(namespace, 'default', { value: module, enumerable: true });
    if (module === null || (typeof module !== 'object' && typeof module !== 'function')) return namespace;
    for (const name of getOwnPropertyNames(module)) {
      if (hasOwn(namespace, name)) continue;
      defineProperty(namespace, name, {
        get: () => (module as Record<string, unknown>)[name],
        enumerable: Object.getOwnPropertyDescriptor(module, name)?.enumerable ?? false,
      });
    }
    return namespace;
  }

  lazily(specifier: string, targets: Record<string, string>): unknown {
    const target = targets[specifier];
    return target === undefined ? this.requireBy(targets, specifier) : this.imported(target);
  }

  /** The namespace of a module without side effects, which is evaluated when one of its exports is read. */
  #withoutEvaluating(id: string): unknown {
    if (this.#modules[id] !== undefined) return this.#modules[id].exports;
    const lazyNames = this.#lazyNamesOf(id);
    if (lazyNames === null) return undefined;
    const module = this.#newModule(id, this.#definitionOf(id));
    this.#wait(module, lazyNames);
    return module.exports;
  }

  /** Gives the names of a module without side effects that nobody has asked for yet. */
  standIn(id: string | undefined): object | undefined {
    if (id === undefined || this.#modules[id] !== undefined) return undefined;
    const names = this.#lazyNamesOf(id);
    return names === null ? undefined : new StandIn(create(standInGettersOf(names)), this, id);
  }

  /** The names of a module without side effects. Null for others, and for preloaded ones. */
  #lazyNamesOf(id: string): readonly string[] | null {
    const { preloaded, table } = this.#options;
    return id in preloaded.byId || !hasOwn(table.modules, id) ? null : this.#definitionOf(id)[3];
  }

  /** Evaluates a module when one of its exports is read. */
  #wait({ id, exports }: Module, names: readonly string[]): void {
    this.#waiting.add(id);
    for (const name of names) {
      defineProperty(exports, name, {
        get: () => {
          // Evaluating the module puts its own getter in the place of this one.
          this.require(id);
          return (exports as Record<string, unknown>)[name];
        },
        enumerable: true,
        configurable: true,
      });
    }
  }

  /** Whether an object is the namespace of a module that was evaluated here. */
  isNamespace(exports: unknown): exports is object {
    return exports !== null && typeof exports === 'object' && this.#namespaces.has(exports);
  }

  /** Whether a module is an ES module: these have their default export themselves. */
  hasOwnDefault(module: unknown): boolean {
    if (module === null || typeof module !== 'object') return false;
    return this.isNamespace(module) || this.#options.preloaded.namespaces.has(module);
  }
}

/**
 * The functions that a compiled ES module calls, and an object with its address. A module takes those that it needs, mostly two or
 * three, and only these are made.
 */
class ModuleLinks {
  readonly #modules: RunModules;
  readonly #definition: Definition;

  constructor(modules: RunModules, definition: Definition) {
    this.#modules = modules;
    this.#definition = definition;
  }

  get __export() {
    return exportGetters;
  }

  get __reExport() {
    return exportAll;
  }

  get __temporal_nameDefault() {
    return nameDefault;
  }

  get __temporal_import() {
    const modules = this.#modules;
    const isNodeModule = this.#definition[1];
    return (module: unknown) => modules.imports(module, isNodeModule);
  }

  get __temporal_star() {
    const modules = this.#modules;
    const isNodeModule = this.#definition[1];
    const targets = this.#definition[2];
    return (module: unknown, specifier: string): unknown => {
      if (modules.hasOwnDefault(module)) return module;
      return isNodeModule || modules.isData(targets, specifier) ? modules.namespaceWithDefault(module) : module;
    };
  }

  get __temporal_default() {
    const modules = this.#modules;
    const isNodeModule = this.#definition[1];
    return (module: unknown) => modules.defaultOf(module, isNodeModule);
  }

  get __temporal_dynamic() {
    const modules = this.#modules;
    const isNodeModule = this.#definition[1];
    const targets = this.#definition[2];
    return async (specifier: string): Promise<unknown> => {
      await undefined;
      const name = `${specifier}`;
      const target = targets[name];
      const module = target === undefined ? modules.requireBy(targets, name) : modules.imported(target);
      return modules.hasOwnDefault(module) || (!isNodeModule && isCompiledModule(module))
        ? module
        : modules.namespaceWithDefault(module);
    };
  }

  get __temporal_lazy() {
    const modules = this.#modules;
    const targets = this.#definition[2];
    return (specifier: string) => modules.lazily(specifier, targets);
  }

  get __temporal_names() {
    const modules = this.#modules;
    const targets = this.#definition[2];
    return (specifier: string): unknown => modules.standIn(targets[specifier]) ?? modules.lazily(specifier, targets);
  }

  get __temporal_meta() {
    const url = this.#definition[4];
    const path = url.startsWith('file://') ? decodeURIComponent(url.slice('file://'.length)) : url;
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    return { url, path, dir: folder, file: path.slice(folder.length + 1), dirname: folder, filename: path };
  }
}

// Code of a module can get hold of it, and all runs share it.
for (const { get } of Object.values(Object.getOwnPropertyDescriptors(ModuleLinks.prototype))) if (get) freeze(get);
freeze(freeze(ModuleLinks).prototype);
