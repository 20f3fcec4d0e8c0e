/**
 * The order in which V8 sorts with a comparator, comparison by comparison.
 *
 * With a comparator that contradicts itself (one that gives a boolean, or asks `Math.random`) the result depends on which
 * items are compared, and engines differ in that. Histories that were recorded on Node are replayed here, and ours there.
 */

type Compare = (a: unknown, b: unknown) => number;

/** A sorted stretch of the items. */
interface Run {
  base: number;
  length: number;
}

/** Wins in a row after which a merge starts to search instead of comparing one by one. */
const MIN_GALLOP = 7;

/** Sorts `items` in place, as V8's `Array.prototype.sort` does: the TimSort of Python. */
export function timSort(items: unknown[], compare: Compare): void {
  const { length } = items;
  if (length < 2) return;
  const sorter = new TimSort(items, compare);
  const minRunLength = minRunLengthOf(length);
  for (let low = 0; low < length; ) {
    const remaining = length - low;
    let runLength = sorter.takeRun(low, length);
    if (runLength < minRunLength) {
      const forced = Math.min(minRunLength, remaining);
      sorter.insert(low, low + runLength, low + forced);
      runLength = forced;
    }
    sorter.push(low, runLength);
    low += runLength;
  }
  sorter.mergeAll();
}

/** Between 32 and 64, so that the number of runs is a power of two or a little less. */
function minRunLengthOf(length: number): number {
  let n = length;
  let shiftedOut = 0;
  while (n >= 64) {
    shiftedOut |= n & 1;
    n >>= 1;
  }
  return n + shiftedOut;
}

class TimSort {
  readonly #items: unknown[];
  readonly #compare: Compare;
  readonly #runs: Run[] = [];
  #minGallop = MIN_GALLOP;

  constructor(items: unknown[], compare: Compare) {
    this.#items = items;
    this.#compare = compare;
  }

  /** The length of the run that starts at `low`; a descending one is reversed. */
  takeRun(low: number, end: number): number {
    const items = this.#items;
    if (low + 1 === end) return 1;
    let length = 2;
    let previous = items[low + 1];
    const descending = this.#compare(previous, items[low]) < 0;
    for (let index = low + 2; index < end; index++) {
      const current = items[index];
      if (this.#compare(current, previous) < 0 !== descending) break;
      previous = current;
      length++;
    }
    if (descending) reverse(items, low, low + length);
    return length;
  }

  /** Sorts `[low, end)`, of which `[low, start)` is sorted, by binary insertion. */
  insert(low: number, start: number, end: number): void {
    const items = this.#items;
    for (let index = start === low ? start + 1 : start; index < end; index++) {
      const pivot = items[index];
      let left = low;
      let right = index;
      while (left < right) {
        const middle = left + ((right - left) >> 1);
        if (this.#compare(pivot, items[middle]) < 0) right = middle;
        else left = middle + 1;
      }
      items.copyWithin(left + 1, left, index);
      items[left] = pivot;
    }
  }

  push(base: number, length: number): void {
    this.#runs.push({ base, length });
    const runs = this.#runs;
    while (runs.length > 1) {
      let at = runs.length - 2;
      if (!this.#isBalanced(at + 1) || !this.#isBalanced(at)) {
        if (lengthAt(runs, at - 1) < lengthAt(runs, at + 1)) at--;
        this.#mergeAt(at);
      } else if (lengthAt(runs, at) <= lengthAt(runs, at + 1)) {
        this.#mergeAt(at);
      } else {
        break;
      }
    }
  }

  mergeAll(): void {
    const runs = this.#runs;
    while (runs.length > 1) {
      let at = runs.length - 2;
      if (at > 0 && lengthAt(runs, at - 1) < lengthAt(runs, at + 1)) at--;
      this.#mergeAt(at);
    }
  }

  /** Whether the run before the last two before `at` is longer than both. */
  #isBalanced(at: number): boolean {
    if (at < 2) return true;
    const runs = this.#runs;
    return lengthAt(runs, at - 2) > lengthAt(runs, at - 1) + lengthAt(runs, at);
  }

  /** Merges run `at` with the one after it. */
  #mergeAt(at: number): void {
    const items = this.#items;
    const [first, second] = this.#runs.slice(at, at + 2) as [Run, Run];
    let { base: baseA, length: lengthA } = first;
    const baseB = second.base;
    let lengthB = second.length;
    this.#runs.splice(at, 2, { base: baseA, length: lengthA + lengthB });
    // What of A is before all of B stays where it is.
    const keyRight = items[baseB];
    const before = this.#gallopRight(items, keyRight, baseA, lengthA, 0);
    baseA += before;
    lengthA -= before;
    if (lengthA === 0) return;
    // So does what of B is after all of A.
    const keyLeft = items[baseA + lengthA - 1];
    lengthB = this.#gallopLeft(items, keyLeft, baseB, lengthB, lengthB - 1);
    if (lengthB === 0) return;
    const moveRest =
      lengthA <= lengthB
        ? this.#mergeLow(baseA, lengthA, baseB, lengthB)
        : this.#mergeHigh(baseA, lengthA, baseB, lengthB);
    moveRest();
  }

  /** Where `key` belongs in a sorted stretch, left of what equals it; the search begins at `hint`. */
  #gallopLeft(items: unknown[], key: unknown, base: number, length: number, hint: number): number {
    let lastOffset = 0;
    let offset = 1;
    if (this.#compare(items[base + hint], key) < 0) {
      const maxOffset = length - hint;
      while (offset < maxOffset) {
        if (this.#compare(items[base + hint + offset], key) >= 0) break;
        lastOffset = offset;
        offset = (offset << 1) + 1;
      }
      if (offset > maxOffset) offset = maxOffset;
      lastOffset += hint;
      offset += hint;
    } else {
      const maxOffset = hint + 1;
      while (offset < maxOffset) {
        if (this.#compare(items[base + hint - offset], key) < 0) break;
        lastOffset = offset;
        offset = (offset << 1) + 1;
      }
      if (offset > maxOffset) offset = maxOffset;
      [lastOffset, offset] = [hint - offset, hint - lastOffset];
    }
    lastOffset++;
    while (lastOffset < offset) {
      const middle = lastOffset + ((offset - lastOffset) >> 1);
      if (this.#compare(items[base + middle], key) < 0) lastOffset = middle + 1;
      else offset = middle;
    }
    return offset;
  }

  /** Where `key` belongs in a sorted stretch, right of what equals it; the search begins at `hint`. */
  #gallopRight(items: unknown[], key: unknown, base: number, length: number, hint: number): number {
    let lastOffset = 0;
    let offset = 1;
    if (this.#compare(key, items[base + hint]) < 0) {
      const maxOffset = hint + 1;
      while (offset < maxOffset) {
        if (this.#compare(key, items[base + hint - offset]) >= 0) break;
        lastOffset = offset;
        offset = (offset << 1) + 1;
      }
      if (offset > maxOffset) offset = maxOffset;
      [lastOffset, offset] = [hint - offset, hint - lastOffset];
    } else {
      const maxOffset = length - hint;
      while (offset < maxOffset) {
        if (this.#compare(key, items[base + hint + offset]) < 0) break;
        lastOffset = offset;
        offset = (offset << 1) + 1;
      }
      if (offset > maxOffset) offset = maxOffset;
      lastOffset += hint;
      offset += hint;
    }
    lastOffset++;
    while (lastOffset < offset) {
      const middle = lastOffset + ((offset - lastOffset) >> 1);
      if (this.#compare(key, items[base + middle]) < 0) offset = middle;
      else lastOffset = middle + 1;
    }
    return offset;
  }

  /** Merges two runs from their starts; A, the shorter, is copied. Gives the last step, which needs no comparisons. */
  #mergeLow(baseA: number, lengthOfA: number, baseB: number, lengthOfB: number): () => void {
    const items = this.#items;
    let lengthA = lengthOfA;
    let lengthB = lengthOfB;
    const copy = items.slice(baseA, baseA + lengthA);
    let dest = baseA;
    let cursorA = 0;
    let cursorB = baseB;
    items[dest++] = items[cursorB++];

    const moveRestOfA = (): void => {
      for (let index = 0; index < lengthA; index++) items[dest + index] = copy[cursorA + index];
    };
    // The last item of A belongs after all of B.
    const moveBAndLastOfA = (): void => {
      items.copyWithin(dest, cursorB, cursorB + lengthB);
      items[dest + lengthB] = copy[cursorA];
    };
    if (--lengthB === 0) return moveRestOfA;
    if (lengthA === 1) return moveBAndLastOfA;

    let minGallop = this.#minGallop;
    for (;;) {
      let winsOfA = 0;
      let winsOfB = 0;
      // One by one, until one of the runs wins again and again.
      for (;;) {
        if (this.#compare(items[cursorB], copy[cursorA]) < 0) {
          items[dest++] = items[cursorB++];
          winsOfB++;
          lengthB--;
          winsOfA = 0;
          if (lengthB === 0) return moveRestOfA;
          if (winsOfB >= minGallop) break;
        } else {
          items[dest++] = copy[cursorA++];
          winsOfA++;
          lengthA--;
          winsOfB = 0;
          if (lengthA === 1) return moveBAndLastOfA;
          if (winsOfA >= minGallop) break;
        }
      }
      // By searching how far the winner wins.
      minGallop++;
      for (let first = true; winsOfA >= MIN_GALLOP || winsOfB >= MIN_GALLOP || first; first = false) {
        minGallop = Math.max(1, minGallop - 1);
        this.#minGallop = minGallop;
        winsOfA = this.#gallopRight(copy, items[cursorB], cursorA, lengthA, 0);
        if (winsOfA > 0) {
          for (let index = 0; index < winsOfA; index++) items[dest + index] = copy[cursorA + index];
          dest += winsOfA;
          cursorA += winsOfA;
          lengthA -= winsOfA;
          if (lengthA === 1) return moveBAndLastOfA;
          // Only an inconsistent comparator leads here.
          if (lengthA === 0) return nothing;
        }
        items[dest++] = items[cursorB++];
        if (--lengthB === 0) return moveRestOfA;

        winsOfB = this.#gallopLeft(items, copy[cursorA], cursorB, lengthB, 0);
        if (winsOfB > 0) {
          items.copyWithin(dest, cursorB, cursorB + winsOfB);
          dest += winsOfB;
          cursorB += winsOfB;
          lengthB -= winsOfB;
          if (lengthB === 0) return moveRestOfA;
        }
        items[dest++] = copy[cursorA++];
        if (--lengthA === 1) return moveBAndLastOfA;
      }
      minGallop++;
      this.#minGallop = minGallop;
    }
  }

  /** Merges two runs from their ends; B, the shorter, is copied. Gives the last step, which needs no comparisons. */
  #mergeHigh(baseA: number, lengthOfA: number, baseB: number, lengthOfB: number): () => void {
    const items = this.#items;
    let lengthA = lengthOfA;
    let lengthB = lengthOfB;
    const copy = items.slice(baseB, baseB + lengthB);
    let dest = baseB + lengthB - 1;
    let cursorB = lengthB - 1;
    let cursorA = baseA + lengthA - 1;
    items[dest--] = items[cursorA--];

    const moveRestOfB = (): void => {
      for (let index = 0; index < lengthB; index++) items[dest - (lengthB - 1) + index] = copy[index];
    };
    // The first item of B belongs before all of A.
    const moveAAndFirstOfB = (): void => {
      dest -= lengthA;
      cursorA -= lengthA;
      items.copyWithin(dest + 1, cursorA + 1, cursorA + 1 + lengthA);
      items[dest] = copy[cursorB];
    };
    if (--lengthA === 0) return moveRestOfB;
    if (lengthB === 1) return moveAAndFirstOfB;

    let minGallop = this.#minGallop;
    for (;;) {
      let winsOfA = 0;
      let winsOfB = 0;
      for (;;) {
        if (this.#compare(copy[cursorB], items[cursorA]) < 0) {
          items[dest--] = items[cursorA--];
          winsOfA++;
          lengthA--;
          winsOfB = 0;
          if (lengthA === 0) return moveRestOfB;
          if (winsOfA >= minGallop) break;
        } else {
          items[dest--] = copy[cursorB--];
          winsOfB++;
          lengthB--;
          winsOfA = 0;
          if (lengthB === 1) return moveAAndFirstOfB;
          if (winsOfB >= minGallop) break;
        }
      }
      minGallop++;
      for (let first = true; winsOfA >= MIN_GALLOP || winsOfB >= MIN_GALLOP || first; first = false) {
        minGallop = Math.max(1, minGallop - 1);
        this.#minGallop = minGallop;
        winsOfA = lengthA - this.#gallopRight(items, copy[cursorB], baseA, lengthA, lengthA - 1);
        if (winsOfA > 0) {
          dest -= winsOfA;
          cursorA -= winsOfA;
          items.copyWithin(dest + 1, cursorA + 1, cursorA + 1 + winsOfA);
          lengthA -= winsOfA;
          if (lengthA === 0) return moveRestOfB;
        }
        items[dest--] = copy[cursorB--];
        if (--lengthB === 1) return moveAAndFirstOfB;

        winsOfB = lengthB - this.#gallopLeft(copy, items[cursorA], 0, lengthB, lengthB - 1);
        if (winsOfB > 0) {
          dest -= winsOfB;
          cursorB -= winsOfB;
          for (let index = 0; index < winsOfB; index++) items[dest + 1 + index] = copy[cursorB + 1 + index];
          lengthB -= winsOfB;
          if (lengthB === 1) return moveAAndFirstOfB;
          // Only an inconsistent comparator leads here.
          if (lengthB === 0) return nothing;
        }
        items[dest--] = items[cursorA--];
        if (--lengthA === 0) return moveRestOfB;
      }
      minGallop++;
      this.#minGallop = minGallop;
    }
  }
}

function nothing(): void {}

function lengthAt(runs: readonly Run[], at: number): number {
  return (runs[at] as Run).length;
}

function reverse(items: unknown[], from: number, to: number): void {
  for (let low = from, high = to - 1; low < high; low++, high--) [items[low], items[high]] = [items[high], items[low]];
}

/** Sorts `items` in place, as V8 does a typed array that has a comparator: by merging halves. */
export function mergeSort<T>(items: T[], compare: (a: T, b: T) => number): void {
  if (items.length > 1) mergeHalves([...items], 0, items.length, items, compare);
}

/** Sorts `[from, to)` of `source` into `target`; both have the same items to begin with. */
function mergeHalves<T>(source: T[], from: number, to: number, target: T[], compare: (a: T, b: T) => number): void {
  const middle = from + ((to - from) >> 1);
  if (middle - from > 1) mergeHalves(target, from, middle, source, compare);
  if (to - middle > 1) mergeHalves(target, middle, to, source, compare);
  let left = from;
  let right = middle;
  for (let index = from; index < to; index++) {
    const takesLeft = left < middle && (right >= to || compare(source[left] as T, source[right] as T) <= 0);
    target[index] = source[takesLeft ? left++ : right++] as T;
  }
}
