/** Fields further down than this are shown as text; objects may form circles. */
const MAX_DEPTH = 4;

/**
 * Copies a value for another thread. Parts that cannot be cloned, such as functions, are shown as text, and so are getters that
 * throw. Reads properties, which may run the code of the workflow that made them.
 */
export function cloneWhatCanBe(value: unknown, depth = MAX_DEPTH): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return shown(value);
  try {
    return structuredClone(value);
  } catch {
    if (depth === 0 || !hasFields(value)) return shown(value);
  }
  try {
    if (Array.isArray(value)) return Array.from(value, (_, index) => fieldOf(value, index, depth));
    return Object.fromEntries(Object.keys(value).map((key) => [key, fieldOf(value, key, depth)]));
  } catch {
    return shown(value);
  }
}

function fieldOf(object: object, key: PropertyKey, depth: number): unknown {
  try {
    return cloneWhatCanBe(Reflect.get(object, key), depth - 1);
  } catch {
    return '[a getter that throws]';
  }
}

/** Whether the fields of an object tell more than its kind does. */
function hasFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && /^\[object (Object|Array)\]$/.test(kindOf(value));
}

function shown(value: unknown): string {
  if (typeof value === 'symbol') return String(value);
  if (typeof value !== 'function') return kindOf(value);
  try {
    return `[Function: ${String(value.name)}]`;
  } catch {
    return '[Function]';
  }
}

function kindOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value);
  } catch {
    return '[an object that cannot be shown]';
  }
}
