/** The fields of a failed assertion. */
export interface AssertionErrorOptions {
  message?: string;
  actual?: unknown;
  expected?: unknown;
  operator?: string;
  generatedMessage?: boolean;
}

/** A failed assertion, and the message that it has if the caller has given none. */
export interface Failure extends Pick<AssertionErrorOptions, 'actual' | 'expected' | 'operator'> {
  generated: () => string;
}

/** Throws the caller's error, or an `AssertionError` with the caller's message or the generated one. */
export function fail(message: unknown, { generated, ...fields }: Failure): never {
  if (message instanceof Error) throw message;
  throw new AssertionError({
    message: message === undefined ? generated() : String(message),
    generatedMessage: message === undefined,
    ...fields,
  });
}

/** The error of a failed assertion, with the fields of Node's. */
export class AssertionError extends Error {
  readonly code = 'ERR_ASSERTION';
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string | undefined;
  readonly generatedMessage: boolean;

  constructor(options: AssertionErrorOptions) {
    super(options.message ?? 'Failed');
    Object.defineProperty(this, 'name', { value: 'AssertionError', configurable: true });
    this.actual = options.actual;
    this.expected = options.expected;
    this.operator = options.operator;
    this.generatedMessage = options.generatedMessage ?? options.message === undefined;
  }
}
