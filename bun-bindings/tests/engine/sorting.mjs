/** Sorting by comparators that contradict themselves, in the same way whichever engine runs it. */

/** Numbers that look random, by a seed. */
function numbersOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function itemsOf(seed, random) {
  const most = seed % 10 === 0 ? 3000 : seed % 3 === 0 ? 300 : 80;
  const length = Math.floor(random() * most);
  const shape = Math.floor(random() * 4);
  const itemAt = [
    () => Math.floor(random() * length),
    (index) => index,
    (index) => Math.floor(index / 40) + (random() < 0.05 ? 7 : 0),
    (index) => length - index + (random() < 0.1 ? Math.floor(random() * 50) : 0),
  ][shape];
  return Array.from({ length }, (_, index) => itemAt(index));
}

function comparatorOf(random) {
  const share = random() * 0.3;
  return [
    (a, b) => a > b,
    () => random() - 0.5,
    (a, b) => a - b,
    (a, b) => (random() < share ? b - a : a - b),
    (a, b) => (a < b ? -1 : 1),
    (a, b) => (random() < share ? Number.NaN : a - b),
    (a, b) => (a % 5) - (b % 3),
  ][Math.floor(random() * 7)];
}

/** A number that changes with every comparison that sorting makes, and with its result. */
function digest(seed, { isTyped = false, isCopied = false, least = 0 }) {
  let hash = 2166136261;
  const note = (value) => {
    hash = Math.imul(hash ^ (value | 0), 16777619) >>> 0;
  };
  const random = numbersOf(seed);
  const plain = itemsOf(seed, random);
  if (plain.length < least) return 0;
  const items = isTyped ? Float64Array.from(plain) : plain;
  const compare = comparatorOf(random);
  const noting = (a, b) => {
    note(a);
    note(b * 31);
    return compare(a, b);
  };
  for (const item of isCopied ? items.toSorted(noting) : items.sort(noting)) note(item);
  return hash;
}

/** Digests of lists that are sorted, ten lists for each number; of those that have at least so many items. */
export function sortDigests(firstSeed, lastSeed, how = {}) {
  const digests = [];
  for (let seed = firstSeed; seed < lastSeed; seed += 10) {
    let sum = 0;
    for (let step = 0; step < 10; step++) sum = (Math.imul(sum, 31) + digest(seed + step, how)) >>> 0;
    digests.push(sum);
  }
  return digests;
}
