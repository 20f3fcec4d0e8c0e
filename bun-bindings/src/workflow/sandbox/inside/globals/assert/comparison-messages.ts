/** The messages of comparisons that failed, in the words of Node's. */
import { isObject } from '../../builtin-modules/deep-equal.ts';
import { inspect } from '../../builtin-modules/inspect.ts';

/** More lines than these on one side are not compared with those of the other, which would take long. */
const MAX_COMPARED_LINES = 1000;
/** Longer pairs of values stand below each other. */
const MAX_SHORT_LENGTH = 12;

export function looselyUnequal(actual: unknown, expected: unknown): string {
  return `${inspect(actual)} == ${inspect(expected)}`;
}

export function looselyEqual(actual: unknown, expected: unknown): string {
  return `${inspect(actual)} != ${inspect(expected)}`;
}

export function strictlyUnequal(actual: unknown, expected: unknown): string {
  const areObjects = isObject(actual) && isObject(expected);
  const words = areObjects
    ? 'Expected "actual" to be reference-equal to "expected"'
    : 'Expected values to be strictly equal';
  return unequal(words, actual, expected, areObjects);
}

export function strictlyEqual(actual: unknown): string {
  return `Expected "actual" to be strictly unequal to:${block(shown(actual))}`;
}

export function deeplyUnequal(actual: unknown, expected: unknown): string {
  return unequal('Expected values to be strictly deep-equal', actual, expected, true);
}

export function deeplyEqual(actual: unknown): string {
  return `Expected "actual" not to be strictly deep-equal to:${block(shown(actual))}`;
}

export function looselyDeepUnequal(actual: unknown, expected: unknown): string {
  return `Expected values to be loosely deep-equal:\n\n${shown(actual)}\n\nshould loosely deep-equal\n\n${shown(expected)}`;
}

export function looselyDeepEqual(actual: unknown): string {
  return `Expected "actual" not to be loosely deep-equal to:\n\n${shown(actual)}`;
}

export function unmatched(text: string, pattern: unknown): string {
  return `The input did not match the regular expression ${inspect(pattern)}. Input:\n\n${inspect(text)}\n`;
}

export function matched(text: string, pattern: unknown): string {
  return `The input was expected to not match the regular expression ${inspect(pattern)}. Input:\n\n${inspect(text)}\n`;
}

/** Shows a value with each item on a line of its own, and keys in order, so that lines can be compared. */
function shown(value: unknown): string {
  if (value instanceof Error) return `[${value.name}: ${value.message}]`;
  const options = { breakLength: 0, depth: 1000, sorted: true, customInspect: false, maxArrayLength: null };
  return inspect(value, options);
}

function block(text: string): string {
  return text.includes('\n') ? `\n\n${text}\n` : ` ${text}`;
}

/** Shows which lines only one of the values has, both values if they are short, or one if they look the same. */
function unequal(words: string, actual: unknown, expected: unknown, mayLookTheSame: boolean): string {
  const [actualText, expectedText] = [shown(actual), shown(expected)];
  if (mayLookTheSame && actualText === expectedText)
    return `Values have same structure but are not reference-equal:\n\n${actualText}\n`;
  const [left, right] = [actualText.split('\n'), expectedText.split('\n')];
  if (left.length === 1 && right.length === 1) {
    const isShort = actualText.length + expectedText.length <= MAX_SHORT_LENGTH && (actual !== 0 || expected !== 0);
    if (isShort && !(isObject(actual) && isObject(expected))) return `${words}:\n\n${actualText} !== ${expectedText}\n`;
    return `${words}:\n+ actual - expected\n\n+ ${actualText}\n- ${expectedText}\n`;
  }
  if (left.length > MAX_COMPARED_LINES || right.length > MAX_COMPARED_LINES)
    return `${words}:\n\n${actualText}\n\nshould equal\n\n${expectedText}\n`;
  return `${words}:\n+ actual - expected\n\n${changedLines(left, right).join('\n')}\n`;
}

/** Marks lines that are only in `left` by "+", and only in `right` by "-". A comma at the end makes no difference. */
function changedLines(left: string[], right: string[]): string[] {
  const same = (a: string | undefined, b: string | undefined): boolean => withoutComma(a) === withoutComma(b);
  // The length of the longest common subsequence of the lines from `i` and from `j` on.
  const common = Array.from({ length: left.length + 1 }, () => new Uint32Array(right.length + 1));
  const commonFrom = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const longest = same(left[i], right[j])
        ? commonFrom(i + 1, j + 1) + 1
        : Math.max(commonFrom(i + 1, j), commonFrom(i, j + 1));
      (common[i] as Uint32Array)[j] = longest;
    }
  }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    if (i < left.length && j < right.length && same(left[i], right[j])) {
      lines.push(`  ${left[i]?.endsWith(',') ? left[i] : right[j]}`);
      i++;
      j++;
    } else if (i < left.length && (j === right.length || commonFrom(i + 1, j) >= commonFrom(i, j + 1))) {
      lines.push(`+ ${left[i++]}`);
    } else {
      lines.push(`- ${right[j++]}`);
    }
  }
  return lines;
}

function withoutComma(line: string | undefined): string | undefined {
  return line?.replace(/,$/, '');
}
