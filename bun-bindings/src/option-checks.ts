import { type Duration, msToNumber } from '@temporalio/common/lib/time';

/** A check of one option. Returns the requirement that the value breaks, or undefined. */
type Check = (value: unknown) => string | undefined;

const expect =
  (description: string, holds: (value: unknown) => boolean): Check =>
  (value) =>
    holds(value) ? undefined : description;

const isInteger = (least: number) => (value: unknown) => Number.isSafeInteger(value) && (value as number) >= least;
const isFunction = (value: unknown) => typeof value === 'function';

export const checks = {
  positiveInteger: expect('a positive integer', isInteger(1)),
  nonNegativeInteger: expect('a non-negative integer', isInteger(0)),
  port: expect('an integer from 0 to 65535', (value) => isInteger(0)(value) && (value as number) <= 65535),
  positiveNumber: expect('a positive number', (value) => Number.isFinite(value) && (value as number) > 0),
  share: expect('a number from 0 to 1', (value) => typeof value === 'number' && value >= 0 && value <= 1),
  memorySize: expect("an integer of at least 16777216 (16 MiB), or a share of the memory such as '25%'", isMemorySize),
  boolean: expect('a boolean', (value) => typeof value === 'boolean'),
  text: expect('a string that is not empty', (value) => typeof value === 'string' && value !== ''),
  object: expect('an object', (value) => typeof value === 'object' && value !== null),
  strings: expect(
    'an array of strings',
    (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  ),
  function: expect('a function', isFunction),
  functions: expect('an array of functions', (value) => Array.isArray(value) && value.every(isFunction)),
  array: expect('an array', Array.isArray),
  plugins: expect(
    'an array of plugins, which have a name',
    (value) => Array.isArray(value) && value.every((item) => typeof item?.name === 'string'),
  ),
  oneOf: (values: readonly string[]) =>
    expect(`one of ${values.join(', ')}`, (value) => values.includes(value as string)),
  duration: expect("a number of milliseconds or a string such as '10s', and not negative", isDuration),
} satisfies Record<string, Check | ((values: readonly string[]) => Check)>;

/** The least bound of memory: with less there is no room for the code that runs in it. */
export const MIN_MEMORY_BYTES = 16 * 1024 ** 2;

function isMemorySize(value: unknown): boolean {
  if (typeof value === 'number') return isInteger(MIN_MEMORY_BYTES)(value);
  if (typeof value !== 'string' || !/^\d+(\.\d+)?%$/.test(value)) return false;
  const share = Number.parseFloat(value);
  return share > 0 && share <= 100;
}

function isDuration(value: unknown): boolean {
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  try {
    const milliseconds = msToNumber(value as Duration);
    return Number.isFinite(milliseconds) && milliseconds >= 0;
  } catch {
    return false; // not a string that `ms` understands
  }
}

/**
 * Checks the fields of `options` that are present. Throws a TypeError that names the first wrong one:
 * `WorkerOptions.maxCachedWorkflows must be a non-negative integer, got -1`.
 */
export function checkOptions(owner: string, options: object, fields: Record<string, Check>): void {
  for (const [field, check] of Object.entries(fields)) {
    const value = (options as Record<string, unknown>)[field];
    if (value === undefined) continue;
    const expected = check(value);
    if (expected !== undefined) throw new TypeError(`${owner}.${field} must be ${expected}, got ${describe(value)}`);
  }
}

function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
