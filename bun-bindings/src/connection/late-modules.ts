import { Module } from 'node:module';

/**
 * Calls `load`, and lets what it loads have some modules only when it uses something of them.
 *
 * @param known gives what there is of a module without it.
 */
export function withoutLoading<T>(
  paths: readonly string[],
  known: Record<string, () => Record<string, unknown>>,
  load: () => T,
): T {
  const left = paths.filter((path) => !(path in require.cache)).map((path) => standIn(path, known[path]));
  for (const module of left) require.cache[module.filename] = module;
  try {
    return load();
  } finally {
    left.forEach(takeOut);
  }
}

/** A module that loads the one of its path when something of it is asked for that is not `known`. */
function standIn(path: string, known: () => Record<string, unknown> = () => ({})): Module {
  const module = new Module(path);
  const whole = (): object => {
    takeOut(module);
    return require(path) as object;
  };
  module.filename = path;
  module.loaded = true;
  module.exports = new Proxy(
    {},
    {
      get(_, name) {
        // Asked for by code that copies the members of modules of another kind.
        if (name === '__esModule') return true;
        return Reflect.get(known(), name) ?? Reflect.get(whole(), name);
      },
      has: (_, name) => Reflect.has(whole(), name),
      ownKeys: () => Reflect.ownKeys(whole()),
      getOwnPropertyDescriptor(_, name) {
        const descriptor = Reflect.getOwnPropertyDescriptor(whole(), name);
        return descriptor && { ...descriptor, configurable: true };
      },
    },
  );
  return module;
}

function takeOut(module: Module): void {
  if (require.cache[module.filename] === module) delete require.cache[module.filename];
}
