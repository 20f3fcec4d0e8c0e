/** Compares an error with what a test expects of it: a class, a pattern, an object, or a function that looks at it. */
import { isDeepEqual, isObject } from '../../builtin-modules/deep-equal.ts';
import { inspect } from '../../builtin-modules/inspect.ts';
import { isRegExp } from '../../builtin-modules/util-types.ts';
import { ambiguousArgument, wrongArgument } from './argument-errors.ts';
import { fail } from './assertion-error.ts';
import { deeplyUnequal, unmatched } from './comparison-messages.ts';

type Operator = 'throws' | 'rejects';

/** The expectation and the message of a call whose expectation may be left out. */
export interface Expectation {
  expected: unknown;
  message: unknown;
}

/** Reads the last two arguments of `throws` or `rejects`. A text in the place of the expectation is the message. */
export function readExpectation(expected: unknown, message: unknown): Expectation {
  if (typeof expected === 'string' && message === undefined) return { expected: undefined, message: expected };
  if (expected !== undefined && expected !== null && !isObject(expected))
    throw wrongArgument('error', 'of type function or an instance of Error, RegExp, or Object', expected);
  return { expected: expected ?? undefined, message };
}

/** Fails with an `AssertionError`, or with an error that is the message, unless `actual` is as expected. */
export function compareError(actual: unknown, { expected, message }: Expectation, operator: Operator): void {
  if (expected === undefined) {
    if (message !== undefined) refuseSameMessage(actual, message);
    return;
  }
  const refuse = (generated: () => string): never => fail(message, { actual, expected, operator, generated });
  if (typeof expected !== 'function') {
    if (isRegExp(expected)) {
      const text = String(actual);
      if ((expected as RegExp).exec(text) === null) refuse(() => unmatched(text, expected));
      return;
    }
    compareProperties(actual, expected as object, refuse);
    return;
  }
  if (expected.prototype !== undefined && actual instanceof expected) return;
  if (Object.prototype.isPrototypeOf.call(Error, expected)) {
    const isError = actual instanceof Error;
    const kind = isError ? `"${actual.constructor.name}"` : `"${inspect(actual, { depth: -1 })}"`;
    const words = isError ? `\n\nError message:\n\n${actual.message}` : '';
    refuse(() => `The error is expected to be an instance of "${expected.name}". Received ${kind}${words}`);
  }
  const verdict: unknown = Reflect.apply(expected, {}, [actual]);
  if (verdict === true) return;
  const name = expected.name ? `"${expected.name}" ` : '';
  const caught = actual instanceof Error ? `\n\nCaught error:\n\n${actual}` : '';
  refuse(() => `The ${name}validation function is expected to return "true". Received ${inspect(verdict)}${caught}`);
}

function compareProperties(actual: unknown, expected: object, refuse: (generated: () => string) => never): void {
  if (typeof actual !== 'object' || actual === null) refuse(() => deeplyUnequal(actual, expected));
  const keys: string[] = Object.keys(expected);
  if (expected instanceof Error) keys.push('name', 'message');
  else if (keys.length === 0) {
    const message = `The argument 'error' may not be an empty object. Received {}`;
    throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  for (const key of keys) {
    const [is, wanted] = [Reflect.get(actual as object, key), Reflect.get(expected, key)];
    const matches = typeof is === 'string' && isRegExp(wanted) && (wanted as RegExp).exec(is) !== null;
    if (matches || (key in (actual as object) && isDeepEqual(is, wanted))) continue;
    const [left, right] = [new Comparison(actual as object, keys), new Comparison(expected, keys)];
    refuse(() => deeplyUnequal(left, right));
  }
}

/** The compared properties of an error, for messages. */
class Comparison {
  constructor(error: object, keys: string[]) {
    for (const key of keys) if (key in error) Reflect.set(this, key, Reflect.get(error, key));
  }
}

/** A text that equals the error's message was most likely meant as an expectation. */
function refuseSameMessage(actual: unknown, message: unknown): void {
  if (actual instanceof Error && actual.message === message)
    throw ambiguousArgument(`The error message "${actual.message}" is identical to the message.`);
  if (actual === message) throw ambiguousArgument(`The error "${actual}" is identical to the message.`);
}
