import type { CompiledWorkerOptions } from './compiled-options.ts';

/**
 * Describes a worker's options for a log line: strings, numbers, booleans, null, and plain objects and arrays of them,
 * which any logger can write as JSON.
 *
 * What has no form in JSON is text: functions, bigints, symbols, cycles. So are instances of classes, with no more than
 * their name: what they hold may be large, or secret, as the keys of a codec are.
 */
export function loggableOptions({ workflowBundle, ...options }: CompiledWorkerOptions): unknown {
  const code = workflowBundle !== undefined && 'code' in workflowBundle ? workflowBundle.code : undefined;
  return loggable(
    {
      ...options,
      ...(workflowBundle && {
        workflowBundle: code === undefined ? workflowBundle : { code: `<string of length ${code.length}>` },
      }),
    },
    [],
  );
}

/** `outer` are the objects that hold the value. */
function loggable(value: unknown, outer: readonly object[]): unknown {
  switch (typeof value) {
    case 'bigint':
      return `${value}n`;
    case 'symbol':
      return `<${String(value)}>`;
    case 'number':
      return Number.isFinite(value) ? value : `<${value}>`;
    case 'function':
      return `<function ${value.name || '(anonymous)'}>`;
    case 'object':
      return value === null ? null : loggableObject(value, outer);
    default:
      return value;
  }
}

function loggableObject(value: object, outer: readonly object[]): unknown {
  if (outer.includes(value)) return '<circular>';
  const holders = [...outer, value];
  if (Array.isArray(value)) return Array.from(value, (item) => loggable(item, holders));
  if (value instanceof Map) return loggableFields(Object.fromEntries(value), holders);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return loggableFields(value, holders);
  return `<${value.constructor?.name || 'object'}>`;
}

function loggableFields(value: object, holders: readonly object[]): Record<string, unknown> {
  return Object.fromEntries(Object.keys(value).map((key) => [key, loggableField(value, key, holders)]));
}

function loggableField(value: object, key: string, holders: readonly object[]): unknown {
  try {
    return loggable((value as Record<string, unknown>)[key], holders);
  } catch {
    return '<unreadable>'; // a getter of the user's that throws
  }
}
