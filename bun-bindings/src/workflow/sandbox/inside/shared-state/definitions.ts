import {
  apply,
  construct,
  defineProperty,
  describe,
  getOwnPropertyDescriptor,
  has,
  isExtensible,
  mapGet,
  mapHas,
  ownKeys,
} from '../primordials.ts';
import { forwardingTo } from './forwarding.ts';
import { makeOwnMap } from './record-collections.ts';
import { replaceMethod } from './replace-method.ts';

const { defineProperties, freeze, isFrozen, isSealed, preventExtensions, seal } = Object;

/** The objects that runs share, as the engine's functions are told of them. */
export class Definitions {
  /** The names of the objects. Their map is not one of those that are watched. */
  readonly #names = makeOwnMap<object, string>();
  #noticed = false;

  watch(object: object, name: string): void {
    this.#names.set(object, name);
  }

  /** Whether a property of one of the objects was defined since the last call: no comparison of values might see it. */
  take(): boolean {
    const noticed = this.#noticed;
    this.#noticed = false;
    return noticed;
  }

  /** Called before a definition. */
  notice(object: unknown): boolean {
    const isShared = mapHas(this.#names, object);
    if (isShared) this.#noticed = true;
    return isShared;
  }

  isShared(object: unknown): boolean {
    return mapHas(this.#names, object);
  }

  nameOf(object: unknown): string {
    return mapGet(this.#names, object) as string;
  }

  /** For what could not be undone at the end of the run's turn. */
  refusal(action: string, object: unknown): TypeError {
    return new TypeError(refusalText(action, this.nameOf(object)));
  }
}

/** Why something that would last is not done. */
export function refusalText(action: string, name: string): string {
  return (
    `Cannot ${action} ${name}, which all workflow runs of a thread share. ` +
    'Set reuseV8Context: false in the worker options to give each run built-ins of its own'
  );
}

const FIELDS = ['enumerable', 'configurable', 'value', 'writable', 'get', 'set'] as const;

/** The same description with nothing inherited. */
function ownDescription(description: PropertyDescriptor): PropertyDescriptor {
  if (description === null || (typeof description !== 'object' && typeof description !== 'function'))
    throw new TypeError('Property description must be an object.');
  const own = { __proto__: null } as PropertyDescriptor;
  for (let index = 0; index < FIELDS.length; index++) {
    const field = FIELDS[index] as keyof PropertyDescriptor;
    if (has(description, field)) own[field] = description[field];
  }
  return own;
}

/**
 * Makes the functions that define properties, or close objects, tell of those that runs share. A definition is made so that it
 * can be undone; what cannot be undone is refused.
 *
 * @param noticeSymbols called before a proxy is made: its traps are told symbols.
 */
export function watchDefinitions(noticeSymbols: () => void): Definitions {
  const definitions = new Definitions();

  /** Defines what can be deleted again, whatever `description` says. */
  function define(object: object, key: PropertyKey, description: PropertyDescriptor): boolean {
    const own = ownDescription(description);
    const before = describe(object, key);
    if (before === undefined || before.configurable) own.configurable = true;
    else if (before.writable) {
      if (own.writable === false) throw definitions.refusal(`make ${String(key)} read-only in`, object);
      // Most such properties are configurable in the language, and are sealed here.
      own.configurable = false;
    }
    return defineProperty(object, key, own);
  }

  function defineOrThrow(object: object, key: PropertyKey, description: PropertyDescriptor): void {
    if (!define(object, key, description))
      throw new TypeError(`Attempting to change an unconfigurable property: ${String(key)}`);
  }

  function refuse(action: string, object: unknown): void {
    if (definitions.isShared(object)) throw definitions.refusal(action, object);
  }

  const originals = { defineProperty: Object.defineProperty };
  replaceMethod(Object, 'defineProperty', (object: object, key: PropertyKey, description: PropertyDescriptor) => {
    if (!definitions.notice(object)) return originals.defineProperty(object, key, description);
    defineOrThrow(object, typeof key === 'symbol' ? key : `${key as string}`, description);
    return object;
  });
  replaceMethod(Object, 'defineProperties', (object: object, descriptions: Record<PropertyKey, PropertyDescriptor>) => {
    if (!definitions.notice(object)) return defineProperties(object, descriptions);
    const keys = ownKeys(descriptions);
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as PropertyKey;
      if (getOwnPropertyDescriptor(descriptions, key)?.enumerable)
        defineOrThrow(object, key, descriptions[key] as PropertyDescriptor);
    }
    return object;
  });
  replaceMethod(Reflect, 'defineProperty', (object: object, key: PropertyKey, description: PropertyDescriptor) => {
    if (!definitions.notice(object)) return defineProperty(object, key, description);
    return define(object, typeof key === 'symbol' ? key : `${key as string}`, description);
  });
  replaceMethod(Object, 'freeze', (object: object) => {
    if (!isFrozen(object)) refuse('freeze', object);
    return freeze(object);
  });
  replaceMethod(Object, 'seal', (object: object) => {
    if (!isSealed(object)) refuse('seal', object);
    return seal(object);
  });
  for (const [holder, close] of [
    [Object, preventExtensions],
    [Reflect, Reflect.preventExtensions],
  ] as [object, (object: object) => unknown][]) {
    replaceMethod(holder, 'preventExtensions', (object: object) => {
      if (definitions.isShared(object) && isExtensible(object)) refuse('prevent extensions of', object);
      return close(object);
    });
  }

  /** Wraps a method of objects, or a static one that takes an object first, so that it reports the object. */
  function noticing(holder: object, key: PropertyKey, objectOf: (self: unknown, args: unknown[]) => unknown): void {
    const property = getOwnPropertyDescriptor(holder, key);
    if (property === undefined) return;
    const value = forwardingTo(property.value as (...args: unknown[]) => unknown, {
      apply(method, self, args) {
        definitions.notice(objectOf(self, args));
        return apply(method, self, args);
      },
    });
    defineProperty(holder, key, { ...property, value });
  }
  noticing(Object.prototype, '__defineGetter__', (self) => self);
  noticing(Object.prototype, '__defineSetter__', (self) => self);
  noticing(Error, 'captureStackTrace', (_, args) => args[0]);
  // Called without `new` upon what inherits from their prototype, these define a property of it, for good.
  for (const name of ['DateTimeFormat', 'NumberFormat'] as const) {
    noticing(Intl, name, (self) => self);
    defineProperty(Intl[name].prototype, 'constructor', {
      ...getOwnPropertyDescriptor(Intl[name].prototype, 'constructor'),
      value: Intl[name],
    });
  }

  const RealProxy = Proxy;
  /** In the place of a shared object behind a proxy, which hands definitions on to it. */
  function guarded(object: object): object {
    if (!definitions.isShared(object)) return object;
    return new RealProxy(object, {
      __proto__: null,
      defineProperty(target, key, description) {
        definitions.notice(target);
        return define(target, key, description);
      },
      preventExtensions(target) {
        if (isExtensible(target)) refuse('prevent extensions of', target);
        return true;
      },
    } as ProxyHandler<object>);
  }
  const { revocable } = Proxy;
  const WorkflowProxy: ProxyConstructor = forwardingTo(RealProxy, {
    construct(_, [object, handler]: [object, ProxyHandler<object>], newTarget) {
      noticeSymbols();
      return construct(RealProxy, [guarded(object), handler], newTarget === WorkflowProxy ? RealProxy : newTarget);
    },
  });
  replaceMethod(RealProxy, 'revocable', (object: object, handler: ProxyHandler<object>) => {
    noticeSymbols();
    return revocable(guarded(object), handler);
  });
  globalThis.Proxy = WorkflowProxy;

  // It changes an expression for good, and what runs share has expressions that no name leads to.
  replaceMethod(RegExp.prototype, 'compile', () => {
    throw new TypeError('RegExp.prototype.compile cannot be used in workflows. Make another RegExp');
  });
  return definitions;
}
