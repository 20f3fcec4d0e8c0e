/** Modules of the library bundle, as workflow code may import them. */
export type LibraryModules = Record<string, unknown>;

/** What the user bundle of a bundle calls to link its modules. */
export interface ModuleLinks {
  /** What `import * as name` gives for a module of the library; undefined for a module of the run's own. */
  namespaceOf(module: unknown, isNodeMode: number | undefined): object | undefined;
  /** Gives the namespace of an ES module its exports. */
  export(namespace: object, getters: Record<string, () => unknown>): void;
  /** What `export * from` adds to the namespace of a module. */
  reExport(namespace: object, from: unknown): void;
  /** What `require` gives for an ES module. */
  toCommonJS(namespace: object): object;
}

interface Namespaces {
  esm: object;
  node: object;
}

/** Names of modules that are ES modules in fact start like this, and not only with the flag that compilers leave. */
const ES_MODULE = 'temporal-preloaded-esm(';

/**
 * A CommonJS module that was ESM once has its own default export, except for importers that Node would take for ESM. ES
 * modules have it always.
 */
function namespacesOf(name: string, module: object): Namespaces {
  if (name.startsWith(ES_MODULE)) {
    const namespace = { ...module };
    return { esm: namespace, node: namespace };
  }
  const node = { ...module, default: module };
  return { node, esm: '__esModule' in module && 'default' in module ? { ...module } : node };
}

/**
 * In the place of the functions that Bun puts into a bundle, which copy a module with some objects for each export: what a
 * run links is evaluated anew for each run.
 */
export function makeModuleLinks(modules: LibraryModules): { links: ModuleLinks; namespaces: Namespaces[] } {
  const namespaces = new Map<unknown, Namespaces>();
  for (const [name, module] of Object.entries(modules)) {
    if (typeof module === 'object' && module !== null) namespaces.set(module, namespacesOf(name, module));
  }
  const links: ModuleLinks = {
    namespaceOf: (module, isNodeMode) => namespaces.get(module)?.[isNodeMode ? 'node' : 'esm'],

    export(namespace, getters) {
      for (const name in getters) {
        Object.defineProperty(namespace, name, { get: getters[name], enumerable: true, configurable: true });
      }
    },

    reExport(namespace, from) {
      if ((typeof from !== 'object' || from === null) && typeof from !== 'function') return;
      const isConstant = Object.isFrozen(from);
      for (const name of Object.getOwnPropertyNames(from)) {
        if (name === 'default' || Object.hasOwn(namespace, name)) continue;
        const get = () => (from as Record<string, unknown>)[name];
        Object.defineProperty(namespace, name, { ...(isConstant ? { value: get() } : { get }), enumerable: true });
      }
    },

    toCommonJS: (namespace) => Object.defineProperty(namespace, '__esModule', { value: true }),
  };
  return { links, namespaces: [...namespaces.values()] };
}
