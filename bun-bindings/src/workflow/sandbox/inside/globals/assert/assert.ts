/**
 * `node:assert` inside an isolate. The host's own would call back into the workflow (validation functions, inspectors, getters)
 * with objects of the host, and the package `assert` brings some 60 others along.
 */
import { isDeepEqual, isLooselyDeepEqual } from '../../builtin-modules/deep-equal.ts';
import { inspect } from '../../builtin-modules/inspect.ts';
import { isRegExp } from '../../builtin-modules/util-types.ts';
import { missingArguments, received, requireFunction, wrongArgument, wrongReturnValue } from './argument-errors.ts';
import { AssertionError, fail } from './assertion-error.ts';
import * as messages from './comparison-messages.ts';
import { compareError, type Expectation, readExpectation } from './expected-error.ts';

type Comparison = (actual: unknown, expected: unknown, message?: unknown) => void;

/** Makes an assertion about two values. */
function comparison(
  operator: string,
  holds: (actual: unknown, expected: unknown) => boolean,
  describe: (actual: unknown, expected: unknown) => string,
): Comparison {
  return function compare(...args: [unknown, unknown, unknown?]): void {
    if (args.length < 2) throw missingArguments();
    const [actual, expected, message] = args;
    if (!holds(actual, expected))
      fail(message, { actual, expected, operator, generated: () => describe(actual, expected) });
  };
}

// biome-ignore lint/suspicious/noDoubleEquals: that is what `equal` compares by.
const isLooselyEqual = (a: unknown, b: unknown): boolean => a == b || Object.is(a, b);
const not =
  (holds: (a: unknown, b: unknown) => boolean) =>
  (a: unknown, b: unknown): boolean =>
    !holds(a, b);

const equal = comparison('==', isLooselyEqual, messages.looselyUnequal);
const notEqual = comparison('!=', not(isLooselyEqual), messages.looselyEqual);
const deepEqual = comparison('deepEqual', isLooselyDeepEqual, messages.looselyDeepUnequal);
const notDeepEqual = comparison('notDeepEqual', not(isLooselyDeepEqual), messages.looselyDeepEqual);
const strictEqual = comparison('strictEqual', Object.is, messages.strictlyUnequal);
const notStrictEqual = comparison('notStrictEqual', not(Object.is), messages.strictlyEqual);
const deepStrictEqual = comparison('deepStrictEqual', isDeepEqual, messages.deeplyUnequal);
const notDeepStrictEqual = comparison('notDeepStrictEqual', not(isDeepEqual), messages.deeplyEqual);

function ok(...args: unknown[]): void {
  const [value, message] = args;
  if (value) return;
  const generated = (): string =>
    args.length === 0 ? 'No value argument passed to `assert.ok()`' : `${inspect(value)} == true`;
  fail(message, { actual: value, expected: true, operator: '==', generated });
}

/** Catches what a function throws, as `{ error }`. */
function caught(call: () => unknown): { error: unknown } | undefined {
  try {
    call();
  } catch (error) {
    return { error };
  }
  return undefined;
}

/** Catches what a promise, or that of a function, is rejected with. */
async function rejectionOf(subject: unknown): Promise<{ error: unknown } | undefined> {
  let promise = subject;
  if (typeof subject === 'function') {
    promise = subject();
    if (!isThenable(promise)) throw wrongReturnValue('promiseFn', promise);
  } else if (!isThenable(subject)) {
    throw wrongArgument('promiseFn', 'of type function or an instance of Promise', subject);
  }
  try {
    await promise;
  } catch (error) {
    return { error };
  }
  return undefined;
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}

function expectError(
  found: { error: unknown } | undefined,
  expectation: Expectation,
  operator: 'throws' | 'rejects',
): void {
  if (found !== undefined) {
    compareError(found.error, expectation, operator);
    return;
  }
  const { expected, message } = expectation;
  if (message instanceof Error) throw message;
  const kind = typeof expected === 'function' && expected.name ? ` (${expected.name})` : '';
  const words = message === undefined ? '.' : `: ${message}`;
  throw new AssertionError({
    message: `Missing expected ${operator === 'throws' ? 'exception' : 'rejection'}${kind}${words}`,
    expected,
    operator,
    generatedMessage: false,
  });
}

/** Fails for an error, unless it is another than the expected one: that passes through. */
function refuseError(
  found: { error: unknown } | undefined,
  { expected, message }: Expectation,
  operator: 'doesNotThrow' | 'doesNotReject',
): void {
  if (found === undefined) return;
  const { error } = found;
  const isExpected =
    expected === undefined ||
    (isRegExp(expected)
      ? (expected as RegExp).exec(String(error)) !== null
      : typeof expected === 'function' && (error instanceof expected || Reflect.apply(expected, {}, [error]) === true));
  if (!isExpected) throw error;
  if (message instanceof Error) throw message;
  const kind = operator === 'doesNotThrow' ? 'exception' : 'rejection';
  const words = message === undefined ? '.' : `: ${message}`;
  throw new AssertionError({
    message: `Got unwanted ${kind}${words}\nActual message: "${(error as Error | undefined)?.message}"`,
    actual: error,
    expected,
    operator,
    generatedMessage: false,
  });
}

function throws(call: unknown, expected?: unknown, message?: unknown): void {
  requireFunction(call, 'fn');
  const expectation = readExpectation(expected, message);
  expectError(caught(call), expectation, 'throws');
}

async function rejects(subject: unknown, expected?: unknown, message?: unknown): Promise<void> {
  const found = await rejectionOf(subject);
  expectError(found, readExpectation(expected, message), 'rejects');
}

function doesNotThrow(call: unknown, expected?: unknown, message?: unknown): void {
  requireFunction(call, 'fn');
  refuseError(caught(call), readExpectation(expected, message), 'doesNotThrow');
}

async function doesNotReject(subject: unknown, expected?: unknown, message?: unknown): Promise<void> {
  const found = await rejectionOf(subject);
  refuseError(found, readExpectation(expected, message), 'doesNotReject');
}

function comparePattern(operator: 'match' | 'doesNotMatch', text: unknown, pattern: unknown, message: unknown): void {
  if (!isRegExp(pattern)) throw wrongArgument('regexp', 'an instance of RegExp', pattern);
  const matches = typeof text === 'string' && (pattern as RegExp).exec(text) !== null;
  if (typeof text === 'string' && matches === (operator === 'match')) return;
  fail(message, {
    actual: text,
    expected: pattern,
    operator,
    generated: () =>
      typeof text === 'string'
        ? (operator === 'match' ? messages.unmatched : messages.matched)(text, pattern)
        : `The "string" argument must be of type string. Received ${received(text)}`,
  });
}

function match(text: unknown, pattern: unknown, message?: unknown): void {
  comparePattern('match', text, pattern, message);
}

function doesNotMatch(text: unknown, pattern: unknown, message?: unknown): void {
  comparePattern('doesNotMatch', text, pattern, message);
}

function ifError(value: unknown): void {
  if (value === null || value === undefined) return;
  const ofError = typeof value === 'object' ? (value as Error) : undefined;
  const words = typeof ofError?.message === 'string' ? ofError.message || ofError.constructor.name : inspect(value);
  const error = new AssertionError({
    message: `ifError got unwanted exception: ${words}`,
    actual: value,
    expected: null,
    operator: 'ifError',
    generatedMessage: false,
  });
  throw error;
}

function failAlways(message?: unknown): never {
  fail(message, { operator: 'fail', generated: () => 'Failed' });
}

const strictChecks = {
  AssertionError,
  ok,
  strictEqual,
  notStrictEqual,
  deepStrictEqual,
  notDeepStrictEqual,
  throws,
  rejects,
  doesNotThrow,
  doesNotReject,
  match,
  doesNotMatch,
  ifError,
  fail: failAlways,
};

function makeAssert(own: Record<string, Comparison>): typeof ok & Record<string, unknown> {
  return Object.assign((...args: unknown[]) => ok(...args), strictChecks, own);
}

/** `node:assert/strict`. */
const strict = makeAssert({
  equal: strictEqual,
  notEqual: notStrictEqual,
  deepEqual: deepStrictEqual,
  notDeepEqual: notDeepStrictEqual,
});
strict.strict = strict;

export const assert = makeAssert({ equal, notEqual, deepEqual, notDeepEqual });
assert.strict = strict;
