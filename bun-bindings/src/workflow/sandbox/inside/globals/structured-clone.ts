import { DOMException } from './dom-exception.ts';

/** Errors that keep their class when they are cloned; others become plain ones. */
const ERRORS: Readonly<Record<string, ErrorConstructor>> = Object.freeze({
  __proto__: null as never,
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
});

type View = ArrayBufferView & { readonly length?: number };
type ViewConstructor = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => View;

const TypedArray = Object.getPrototypeOf(Uint8Array) as { prototype: object };
// biome-ignore lint/style/noNonNullAssertion: the language defines it as a getter.
const typedArrayTag = Object.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag)!.get!;

function dataCloneError(what: string): DOMException {
  return new DOMException(`${what} could not be cloned.`, 'DataCloneError');
}

/** Whether a method of built-in objects takes `value` for one of them: proxies and look-alikes are none. */
function isReal(value: object, method: (this: never) => unknown): boolean {
  try {
    method.call(value as never);
    return true;
  } catch {
    return false;
  }
}

// biome-ignore lint/style/noNonNullAssertion: the language defines these as getters.
const getterOf = (prototype: object, key: string) => Object.getOwnPropertyDescriptor(prototype, key)!.get!;
const mapSize = getterOf(Map.prototype, 'size');
const setSize = getterOf(Set.prototype, 'size');
const bufferLength = getterOf(ArrayBuffer.prototype, 'byteLength');
const viewLength = getterOf(DataView.prototype, 'byteLength');
const patternSource = getterOf(RegExp.prototype, 'flags');
const { getTime } = Date.prototype;
const { entries: mapEntries, set: mapSet } = Map.prototype;
const { values: setValues, add: setAdd } = Set.prototype;
const { has: weakMapHas } = WeakMap.prototype;
const { has: weakSetHas } = WeakSet.prototype;

class Cloner {
  readonly #clones = new Map<object, unknown>();
  readonly #transfer: ReadonlySet<unknown>;

  constructor(transfer: ReadonlySet<unknown>) {
    this.#transfer = transfer;
  }

  clone(value: unknown): unknown {
    if (typeof value === 'symbol') throw dataCloneError(String(value));
    if (typeof value === 'function') throw dataCloneError(`${value}`);
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#clones.get(value);
    if (known !== undefined) return known;
    return this.#cloneObject(value);
  }

  #keep<T>(value: object, clone: T): T {
    this.#clones.set(value, clone);
    return clone;
  }

  #cloneObject(value: object): unknown {
    if (ArrayBuffer.isView(value)) return this.#cloneView(value);
    if (isReal(value, bufferLength)) return this.#cloneBuffer(value as ArrayBuffer);
    if (Array.isArray(value)) {
      const clone = this.#keep(value, new Array(value.length));
      return this.#copyProperties(value, clone);
    }
    if (isReal(value, getTime)) return this.#keep(value, new Date(getTime.call(value as Date)));
    if (isReal(value, mapSize)) {
      const clone = this.#keep(value, new Map());
      for (const [key, item] of [...mapEntries.call(value as Map<unknown, unknown>)])
        mapSet.call(clone, this.clone(key), this.clone(item));
      return clone;
    }
    if (isReal(value, setSize)) {
      const clone = this.#keep(value, new Set());
      for (const item of [...setValues.call(value as Set<unknown>)]) setAdd.call(clone, this.clone(item));
      return clone;
    }
    if (value instanceof RegExp && isReal(value, patternSource))
      return this.#keep(value, new RegExp(value.source, value.flags));
    if (Error.isError(value)) return this.#cloneError(value as Error);
    const boxed = unboxed(value);
    if (boxed !== undefined) return this.#keep(value, Object(boxed));
    this.#refuse(value);
    return this.#copyProperties(value, this.#keep(value, {}));
  }

  /** Own enumerable properties; what getters give is read. */
  #copyProperties<T extends object>(value: object, clone: T): T {
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(value, key)) continue;
      Object.defineProperty(clone, key, {
        value: this.clone((value as Record<string, unknown>)[key]),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return clone;
  }

  #cloneBuffer(buffer: ArrayBuffer): ArrayBuffer {
    if (buffer.detached) throw dataCloneError('An ArrayBuffer that is detached');
    if (this.#transfer.has(buffer)) return this.#keep(buffer, buffer.transfer());
    const { maxByteLength } = buffer;
    const clone = buffer.resizable
      ? new ArrayBuffer(buffer.byteLength, { maxByteLength })
      : new ArrayBuffer(buffer.byteLength);
    new Uint8Array(clone).set(new Uint8Array(buffer));
    return this.#keep(buffer, clone);
  }

  #cloneView(view: View): View {
    const { byteOffset, byteLength } = view;
    const length = (isReal(view, viewLength) ? undefined : view.length) ?? byteLength;
    const name = (typedArrayTag.call(view) as string | undefined) ?? 'DataView';
    const buffer = this.clone(view.buffer) as ArrayBuffer;
    const Kind = Reflect.get(globalThis, name) as ViewConstructor;
    return this.#keep(view, new Kind(buffer, byteOffset, length));
  }

  #cloneError(error: Error): Error {
    if (error instanceof DOMException) return this.#keep(error, new DOMException(error.message, error.name));
    const { name, message, stack } = error;
    const Kind = ERRORS[`${name}`] ?? Error;
    const clone = this.#keep(error, new Kind(`${message}`));
    Object.defineProperty(clone, 'stack', { value: `${stack}`, writable: true, configurable: true });
    if (Object.hasOwn(error, 'cause'))
      Object.defineProperty(clone, 'cause', { value: this.clone(error.cause), writable: true, configurable: true });
    return clone;
  }

  #refuse(value: object): void {
    if (value instanceof Promise) throw dataCloneError('#<Promise>');
    const isWeak =
      isReal(value, function (this: WeakMap<object, unknown>) {
        weakMapHas.call(this, value);
      } as never) ||
      isReal(value, function (this: WeakSet<object>) {
        weakSetHas.call(this, value);
      } as never);
    if (isWeak) throw dataCloneError('#<WeakMap> or #<WeakSet>');
  }
}

/** The primitive that an object is the box of. */
function unboxed(value: object): unknown {
  for (const { prototype } of [Number, String, Boolean, BigInt] as unknown as { prototype: object }[]) {
    try {
      return (prototype.valueOf as () => unknown).call(value);
    } catch {
      // Not of this kind.
    }
  }
  return undefined;
}

/** Makes `structuredClone`: the algorithm of the HTML standard, for what the language has. */
export function makeStructuredClone(): (value: unknown, options?: { transfer?: Iterable<unknown> }) => unknown {
  return function structuredClone(value, options) {
    const transfer = new Set(options?.transfer ?? []);
    for (const item of transfer) {
      if (!(item instanceof ArrayBuffer) || item.detached) throw dataCloneError('A value of the transfer list');
    }
    return new Cloner(transfer).clone(value);
  };
}
