/** Behaviour in which engines differ. Values are the same wherever the code runs, or documented. */

const thrownBy = (call) => {
  try {
    return `gives ${call()}`;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};

const ODD_DATES = [
  ...[
    '2020-1-1',
    '2020-01-01 10:00',
    'Jan 5 2020',
    '5 Jan 2020 10:00 GMT+2',
    '2020/13/01',
    '2020-01-01T25:00',
    '12/31/99',
  ],
  ...[
    '2020-01-01T10:00:00.123456Z',
    'Thu, 01 Jan 1970 00:00:00 EST',
    '2020-06-15T10:00:00+0200',
    '1',
    '2020',
    '20200101',
  ],
  ...['foo 2020', '2020-02-30', '2020-02-31T00:00:00Z', '2020-01-01T10', '+002020-01-01', '2020-01-01T10:00:60Z', ''],
  ...['Mon Jan 06 2020 10:00:00 GMT+0100 (CET)', '2020-01-01 10:00:00 PM', '10:00 2020-01-01', '32 Jan 2020'],
];
const WORDS = ['ä', 'a', 'z', 'Z', 'A', '1', '10', '2', '_', '-', 'é', 'e', 'ß', 'ss', ' ', 'ﬀ'];

/** The same on V8 as here. */
export const same = {
  'odd dates': () => ODD_DATES.map((text) => Date.parse(text)),
  'texts of dates': () => [
    `${new Date(Number.NaN)}`,
    new Date(1e12).toLocaleString('en-US', { timeZone: 'UTC' }),
    new Date(1e12).toLocaleDateString('de-DE', { timeZone: 'UTC' }),
  ],
  'texts of numbers': () => [
    (1234567.891).toLocaleString('de-DE'),
    (1.005).toFixed(2),
    (1.45).toPrecision(2),
    (123.456).toExponential(2),
    `${0.000001234}`,
    new Intl.NumberFormat('de-DE', { style: 'currency', currency: 'EUR' }).format(1234.5),
    new Intl.NumberFormat('en', { notation: 'compact' }).format(1234567),
  ],
  collation: () => [
    WORDS.toSorted((one, other) => one.localeCompare(other)),
    ['a10', 'a2', 'A1'].sort(new Intl.Collator('en', { numeric: true }).compare),
    ['z', 'ä'].sort((one, other) => one.localeCompare(other, 'sv')),
    'résumé'.localeCompare('resume', 'en', { sensitivity: 'base' }),
  ],
  'order of keys': () => [
    Object.keys({ b: 1, 2: 1, a: 1, 1: 1, '-1': 1, '01': 1, 4294967295: 1, 4294967294: 1 }),
    Object.keys('abc'),
    JSON.stringify({ z: 1, 10: 1, 9: 1 }),
  ],
  'holes of arrays': () => {
    const holes = [3, undefined, 1, 0, 2];
    delete holes[3];
    return [Object.keys(holes.map((value) => value)), holes.indexOf(undefined), holes.sort()];
  },
  'regular expressions': () => [
    'abc'.replace(/(?<=a)b/, "[$`|$&|$']"),
    'x'.replace(/(y)?x/, '<$1>'),
    'a\u2028b'.split(/$/m).length,
    '\u1e9e'.match(/ß/iu) !== null,
    'ſ'.match(/s/iu) !== null,
    /\b/u.test('é'),
  ],
  texts: () => [
    'ﬁ'.normalize('NFKD'),
    'İ'.toLowerCase(),
    'i'.toLocaleUpperCase('tr'),
    'ΑΣ'.toLowerCase(),
    escape('ü€'),
  ],
  'plain mathematics': () => [Math.sqrt(2), 1 / 3, 0.1 + 0.2, Math.fround(1.1), Math.imul(2 ** 31, 3), 10 % 3.3],
};

const deep = (left) => (left === 0 ? 'end' : deep(left - 1));

/** Not the same. Each is a row of the table in `docs/workflow-runtime.md`. */
export const different = {
  'last digits of `Math`': () => Array.from({ length: 1000 }, (_, index) => Math.tan(index) + Math.sinh(index / 7)),
  'texts of errors': () => [thrownBy(() => JSON.parse('{')), thrownBy(() => null.x), thrownBy(() => 'x'.repeat(-1))],
  'properties of errors': () => Object.getOwnPropertyNames(new Error('x')).sort(),
  'calls in tail position': () => thrownBy(() => deep(1e5)),
  'sources of functions': () => `${(one) => /* as it was written */ one}`,
  'ranges of dates': () => new Intl.DateTimeFormat('en', { timeZone: 'UTC', dateStyle: 'medium' }).formatRange(0, 1e9),
  'newer globals': () => [typeof Iterator, typeof Promise.try, typeof Array.fromAsync, typeof Object.groupBy],
  // Older engines cannot read it in code.
  'newer regular expressions': () => thrownBy(() => new RegExp(['(?i:a)', 'b'].join('')).test('Ab')),
};

/** The values by name, as text, in which a number has all of its digits. */
export function valuesOf(probes) {
  return Object.fromEntries(Object.entries(probes).map(([name, probe]) => [name, JSON.stringify(probe())]));
}
