import { apply, defineProperty, getOwnPropertyDescriptors, getOwnPropertySymbols, ownKeys } from '../primordials.ts';
import type { Definitions } from './definitions.ts';
import type { SharedObjects } from './reach.ts';
import { replaceMethod } from './replace-method.ts';

const { assign } = Object;

/**
 * Calls `notice` whenever code may get hold of a symbol: by the global `Symbol`, or from the keys of an object. Only such code
 * can give what runs share a property that is named by a symbol, for which it takes long to look.
 */
export function watchSymbolUse(notice: () => void, definitions: Definitions): void {
  const RealSymbol = Symbol;
  defineProperty(globalThis, 'Symbol', {
    get() {
      notice();
      return RealSymbol;
    },
    set(value: unknown) {
      definitions.notice(globalThis);
      defineProperty(globalThis, 'Symbol', { value, writable: true, enumerable: false, configurable: true });
    },
    enumerable: false,
    configurable: true,
  });
  replaceMethod(Object, 'getOwnPropertySymbols', (object: object) => {
    notice();
    return getOwnPropertySymbols(object);
  });
  replaceMethod(Object, 'getOwnPropertyDescriptors', (object: object) => {
    notice();
    return getOwnPropertyDescriptors(object);
  });
  replaceMethod(Reflect, 'ownKeys', (object: object) => {
    notice();
    return ownKeys(object);
  });
  // It copies properties without telling their names.
  replaceMethod(Object, 'assign', (...args: [object, ...unknown[]]) => {
    if (definitions.isShared(args[0])) notice();
    return args.length === 2 ? assign(args[0], args[1]) : apply(assign, undefined, args);
  });
}

/** Symbols that are values of what runs share, as of the exports of a module: code gets hold of these without a notice. */
export function symbolsIn(shared: SharedObjects): Set<symbol> {
  const found = new Set<symbol>();
  for (const [object, { properties }] of shared) {
    if (object === Symbol) continue;
    for (const { value } of properties) if (typeof value === 'symbol') found.add(value);
  }
  return found;
}
