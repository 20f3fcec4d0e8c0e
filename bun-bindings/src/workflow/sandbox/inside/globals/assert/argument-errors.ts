/** The errors of wrong arguments, in the words of Node's. */
import { inspect } from '../../builtin-modules/inspect.ts';

/** Fails unless the `name` argument is a function. */
export function requireFunction(value: unknown, name: string): asserts value is () => unknown {
  if (typeof value !== 'function') throw wrongArgument(name, 'of type function', value);
}

/** An error of an argument that is not what it must be, such as "of type string". */
export function wrongArgument(name: string, kind: string, value: unknown): TypeError {
  return withCode('ERR_INVALID_ARG_TYPE', `The "${name}" argument must be ${kind}. Received ${received(value)}`);
}

export function wrongReturnValue(name: string, value: unknown): TypeError {
  const message = `Expected instance of Promise to be returned from the "${name}" function but got ${received(value)}.`;
  return withCode('ERR_INVALID_RETURN_VALUE', message);
}

export function missingArguments(): TypeError {
  return withCode('ERR_MISSING_ARGS', 'The "actual" and "expected" arguments must be specified');
}

export function ambiguousArgument(message: string): TypeError {
  return withCode('ERR_AMBIGUOUS_ARGUMENT', `The "error/message" argument is ambiguous. ${message}`);
}

/** Describes a value by its type, and by what it is if that is short. */
export function received(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value !== 'object') return `type ${typeof value} (${inspect(value)})`;
  const { name } = (value.constructor ?? {}) as { name?: string };
  return name ? `an instance of ${name}` : inspect(value, { depth: -1 });
}

function withCode(code: string, message: string): TypeError {
  return Object.assign(new TypeError(message), { code });
}
