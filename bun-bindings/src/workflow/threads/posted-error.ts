import { types } from 'node:util';

/** Stands for an error in what is posted to another thread: a structured clone drops its name, its cause and its fields. */
interface PostedError {
  __temporalError: true;
  name: string;
  message: string;
  stack: string | undefined;
  cause: unknown;
  /** Own fields with values that print: numbers, text and the like. */
  fields: Record<string, unknown>;
}

/** Causes further down than this are left out; they may form a circle. */
const MAX_CAUSES = 8;

/**
 * Makes a value fit to be posted: it may be an error, or an object with errors in its own fields, as the attributes of a log line
 * are. Reads properties, which may run the code of the workflow that made them.
 */
export function toPosted(value: unknown): unknown {
  if (types.isNativeError(value)) return postError(value, MAX_CAUSES);
  if (value === null || typeof value !== 'object') return value;
  const errors = Object.entries(value).filter(([, field]) => types.isNativeError(field));
  if (errors.length === 0) return value;
  return { ...value, ...Object.fromEntries(errors.map(([key, error]) => [key, postError(error, MAX_CAUSES)])) };
}

/** The opposite of {@link toPosted}. Changes objects in their place. */
export function fromPosted(value: unknown): unknown {
  if (isPostedError(value)) return restoreError(value);
  if (value === null || typeof value !== 'object') return value;
  const fields = value as Record<string, unknown>;
  for (const [key, field] of Object.entries(fields)) if (isPostedError(field)) fields[key] = restoreError(field);
  return value;
}

function postError(error: Error, causes: number): PostedError {
  const { name, message, stack, cause, ...own } = error;
  const fields = Object.entries(own).filter(
    ([, field]) => field !== null && !/object|function|symbol/.test(typeof field),
  );
  return {
    __temporalError: true,
    name: String(error.name),
    message: String(error.message),
    stack: error.stack === undefined ? undefined : String(error.stack),
    cause: types.isNativeError(error.cause) && causes > 0 ? postError(error.cause, causes - 1) : undefined,
    fields: Object.fromEntries(fields),
  };
}

function isPostedError(value: unknown): value is PostedError {
  return value !== null && typeof value === 'object' && (value as Partial<PostedError>).__temporalError === true;
}

function restoreError({ name, message, stack, cause, fields }: PostedError): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause: fromPosted(cause) });
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, fields);
}
