/** `util.types`: of which kind an object is. Proxies cannot be told from what they stand for. */

type Test = (value: unknown) => boolean;

/** Whether a method of a built-in class takes `value` for one of its own. */
function takenBy(prototype: object, key: PropertyKey): Test {
  return takenByMethod(Reflect.get(prototype, key) as () => unknown);
}

/** Whether a getter of a built-in class takes `value` for one of its own. */
function takenByGetter(prototype: object, key: PropertyKey): Test {
  return takenByMethod(Object.getOwnPropertyDescriptor(prototype, key)?.get as () => unknown);
}

function takenByMethod(method: () => unknown): Test {
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    try {
      method.call(value);
      return true;
    } catch {
      return false;
    }
  };
}

const TypedArray = Object.getPrototypeOf(Uint8Array) as { prototype: object };
const tagOf = Object.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag)?.get as () => unknown;
const typedArray =
  (name?: string): Test =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    (name === undefined ? tagOf.call(value) !== undefined : tagOf.call(value) === name);
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice('[object '.length, -1);

export const isArrayBuffer: Test = takenByGetter(ArrayBuffer.prototype, 'byteLength');
export const isSharedArrayBuffer: Test = takenByGetter(SharedArrayBuffer.prototype, 'byteLength');
export const isAnyArrayBuffer: Test = (value) => isArrayBuffer(value) || isSharedArrayBuffer(value);
export const isArrayBufferView: Test = (value) => ArrayBuffer.isView(value);
export const isArgumentsObject: Test = (value) => kindOf(value) === 'Arguments';
export const isAsyncFunction: Test = (value) => typeof value === 'function' && /^Async/.test(kindOf(value));
export const isBigInt64Array: Test = typedArray('BigInt64Array');
export const isBigUint64Array: Test = typedArray('BigUint64Array');
export const isBooleanObject: Test = takenBy(Boolean.prototype, 'valueOf');
export const isNumberObject: Test = takenBy(Number.prototype, 'valueOf');
export const isStringObject: Test = takenBy(String.prototype, 'valueOf');
export const isSymbolObject: Test = takenBy(Symbol.prototype, 'valueOf');
export const isBigIntObject: Test = takenBy(BigInt.prototype, 'valueOf');
export const isBoxedPrimitive: Test = (value) =>
  [isBooleanObject, isNumberObject, isStringObject, isSymbolObject, isBigIntObject].some((test) => test(value));
export const isDataView: Test = takenByGetter(DataView.prototype, 'byteLength');
export const isDate: Test = takenBy(Date.prototype, 'getTime');
export const isFloat32Array: Test = typedArray('Float32Array');
export const isFloat64Array: Test = typedArray('Float64Array');
export const isGeneratorFunction: Test = (value) =>
  typeof value === 'function' && /GeneratorFunction$/.test(kindOf(value));
export const isGeneratorObject: Test = (value) => /Generator$/.test(kindOf(value)) && typeof value === 'object';
export const isInt8Array: Test = typedArray('Int8Array');
export const isInt16Array: Test = typedArray('Int16Array');
export const isInt32Array: Test = typedArray('Int32Array');
export const isMap: Test = takenByGetter(Map.prototype, 'size');
export const isMapIterator: Test = (value) => kindOf(value) === 'Map Iterator';
export const isModuleNamespaceObject: Test = (value) => kindOf(value) === 'Module';
export const isNativeError: Test = (value) => value instanceof Error;
export const isPromise: Test = (value) => value instanceof Promise;
export const isProxy: Test = () => false;
export const isRegExp: Test = (value) => kindOf(value) === 'RegExp';
export const isSet: Test = takenByGetter(Set.prototype, 'size');
export const isSetIterator: Test = (value) => kindOf(value) === 'Set Iterator';
export const isTypedArray: Test = typedArray();
export const isUint8Array: Test = typedArray('Uint8Array');
export const isUint8ClampedArray: Test = typedArray('Uint8ClampedArray');
export const isUint16Array: Test = typedArray('Uint16Array');
export const isUint32Array: Test = typedArray('Uint32Array');
export const isWeakMap: Test = (value) => value instanceof WeakMap;
export const isWeakSet: Test = (value) => value instanceof WeakSet;
