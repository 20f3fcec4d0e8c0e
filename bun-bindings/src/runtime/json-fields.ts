/** Fields of an error that {@link jsonFields} writes first, whether or not they can be enumerated. */
const ERROR_FIELDS = ['name', 'message', 'stack', 'cause', 'errors'];

/** Nesting beyond this many levels is cut off. */
const MAX_DEPTH = 12;

/**
 * Copies a value to one that `JSON.stringify` takes, whatever it is: errors with their cause and their own fields,
 * bigints and symbols as text, binary data as base64, maps and sets as objects and arrays. A value that holds itself, or
 * throws when it is read, is named as such.
 */
export function jsonFields(value: unknown): unknown {
  return copy(value, []);
}

function copy(value: unknown, holders: object[]): unknown {
  switch (typeof value) {
    case 'bigint':
    case 'symbol':
      return value.toString();
    case 'function':
      return `[Function: ${value.name || 'anonymous'}]`;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (holders.includes(value)) return '[Circular]';
  if (holders.length >= MAX_DEPTH) return '[Too deep]';
  try {
    return copyObject(value, [...holders, value]);
  } catch (error) {
    return `[Unreadable: ${error instanceof Error ? error.message : 'it throws'}]`;
  }
}

function copyObject(value: object, holders: object[]): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (Array.isArray(value)) return value.map((item) => copy(item, holders) ?? null);
  if (value instanceof Set) return [...value].map((item) => copy(item, holders) ?? null);
  if (value instanceof Map) return copyEntries([...value], holders);
  if (isError(value)) return copyEntries(errorEntries(value), holders);
  if ('toJSON' in value && typeof value.toJSON === 'function') return copy(value.toJSON(), holders);
  return copyEntries(readEntries(value, Object.keys(value)), holders);
}

function copyEntries(entries: [key: unknown, value: unknown][], holders: object[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([key, value]) => [String(key), copy(value, holders)]));
}

/** Errors of other realms are errors as well. */
function isError(value: object): value is Error {
  return Error.isError(value) || value instanceof Error;
}

function errorEntries(error: Error): [string, unknown][] {
  const fields = ERROR_FIELDS.filter((field) => field in error);
  return readEntries(error, [...fields, ...Object.keys(error).filter((key) => !fields.includes(key))]);
}

/** Reads properties one by one, since a getter may throw. */
function readEntries(value: object, keys: string[]): [string, unknown][] {
  return keys.map((key) => {
    try {
      return [key, (value as Record<string, unknown>)[key]];
    } catch (error) {
      return [key, `[Unreadable: ${error instanceof Error ? error.message : 'it throws'}]`];
    }
  });
}
