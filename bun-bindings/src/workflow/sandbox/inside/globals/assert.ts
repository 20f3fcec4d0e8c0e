import { host, toRealm } from '../bridge.ts';

/** The error of a failed assertion, with the fields of Node's. */
class AssertionError extends Error {
  readonly code = 'ERR_ASSERTION';
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string | undefined;
  readonly generatedMessage: boolean;

  constructor(options: {
    message?: string;
    actual?: unknown;
    expected?: unknown;
    operator?: string;
    generatedMessage?: boolean;
  }) {
    super(options.message ?? 'Failed');
    Object.defineProperty(this, 'name', { value: 'AssertionError', configurable: true });
    this.actual = options.actual;
    this.expected = options.expected;
    this.operator = options.operator;
    this.generatedMessage = options.generatedMessage ?? options.message === undefined;
  }
}

type Check = (...args: unknown[]) => void;
type Assert = Check & Record<string, unknown>;

function own(check: Check): Check {
  return (...args) => {
    try {
      check(...args);
    } catch (error) {
      // An error that the caller's own function or argument brought along is of this realm and passes through.
      if (error instanceof host.assert.AssertionError) throw new AssertionError(error);
      throw toRealm(error);
    }
  };
}

async function settle(subject: Promise<unknown> | (() => Promise<unknown>)): Promise<() => void> {
  try {
    await (typeof subject === 'function' ? subject() : subject);
    return () => {};
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

const checks = [
  'ok',
  'equal',
  'notEqual',
  'strictEqual',
  'notStrictEqual',
  'deepEqual',
  'notDeepEqual',
  'deepStrictEqual',
  'notDeepStrictEqual',
  'throws',
  'doesNotThrow',
  'match',
  'doesNotMatch',
  'ifError',
  'fail',
] as const;

function makeAssert(from: Record<string, unknown>): Assert {
  const assert = own((...args) =>
    (from.ok as Check)(...(args.length === 0 ? [undefined, 'No value argument passed to `assert.ok()`'] : args)),
  );
  const methods = Object.fromEntries(checks.map((name) => [name, own(from[name] as Check)]));
  const { throws, doesNotThrow } = methods as { throws: Check; doesNotThrow: Check };
  return Object.assign(assert, methods, {
    AssertionError,
    // The host's versions answer with promises of the thread's event loop, which a workflow must not await.
    rejects: async (subject: Promise<unknown>, ...rest: unknown[]) => throws(await settle(subject), ...rest),
    doesNotReject: async (subject: Promise<unknown>, ...rest: unknown[]) =>
      doesNotThrow(await settle(subject), ...rest),
  }) as Assert;
}

/** `node:assert` inside an isolate. */
export const assert = makeAssert(host.assert as never);
assert.strict = makeAssert(host.assert.strict as never);
(assert.strict as Assert).strict = assert.strict;
