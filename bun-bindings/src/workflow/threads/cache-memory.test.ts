import { beforeEach, describe, expect, test } from 'bun:test';
import { CacheMemory } from './cache-memory.ts';

const MiB = 1024 ** 2;
const BASE = 10 * MiB;

/** A heap in which each run takes what it is said to, beside garbage. */
class FakeHeap {
  readonly runs = new Map<string, number>();
  garbage = 0;
  collections = 0;
  measured: number[] = [];
  requested: string[][] = [];

  readonly memory = new CacheMemory(100 * MiB, {
    allocatedBytes: () => this.#taken() + BASE + this.garbage,
    collect: () => {
      this.collections++;
      this.garbage = 0;
      return this.#taken() + BASE;
    },
    cachedRuns: () => this.runs.size,
    evictLeastRecentlyUsed: (count) => {
      const ids = [...this.runs.keys()].slice(0, Math.min(count, this.runs.size - 1));
      this.requested.push(ids);
      return ids;
    },
    onMeasured: (bytes) => this.measured.push(bytes),
  });

  #taken(): number {
    return [...this.runs.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Activates a run, for long enough that the heap is looked at. */
  activate(runId: string, bytes: number): void {
    this.runs.delete(runId);
    this.runs.set(runId, bytes);
    this.memory.activated(20);
  }

  /** Does what core does with the latest requests. */
  evictRequested(): void {
    for (const runId of this.requested.at(-1) ?? []) {
      this.runs.delete(runId);
      this.memory.evicted(runId);
    }
  }
}

let heap: FakeHeap;
beforeEach(() => {
  heap = new FakeHeap();
});

test('below the bound nothing is collected or evicted', () => {
  for (let run = 0; run < 10; run++) heap.activate(`run-${run}`, 10 * MiB);
  expect(heap.measured.at(-1)).toBe(100 * MiB);
  expect(heap.collections).toBe(0);
  expect(heap.requested).toEqual([]);
});

test('short activations are not measured one by one', () => {
  for (let index = 0; index < 511; index++) heap.memory.activated(0.01);
  expect(heap.measured).toEqual([]);
  heap.memory.activated(0.01);
  expect(heap.measured).toHaveLength(1);
});

test('garbage evicts nothing, and is not collected over and over', () => {
  for (let run = 0; run < 9; run++) heap.activate(`run-${run}`, 10 * MiB);
  heap.garbage = 20 * MiB;
  heap.activate('run-0', 10 * MiB);
  expect(heap.collections).toBe(1);
  heap.garbage = 20 * MiB;
  heap.activate('run-0', 10 * MiB);
  expect(heap.collections).toBe(1);
  expect(heap.requested).toEqual([]);
});

describe('beyond the bound', () => {
  test('the least recently used runs go until a quarter of it is free', () => {
    for (let run = 0; run < 10; run++) heap.activate(`run-${run}`, 10 * MiB);
    heap.activate('run-0', 10 * MiB);
    heap.activate('run-10', 10 * MiB);
    expect(heap.requested).toEqual([['run-1', 'run-2', 'run-3', 'run-4']]);
    heap.evictRequested();
    expect(heap.measured.at(-1)).toBe(70 * MiB);
    expect(heap.requested).toHaveLength(1);
  });

  test('more go if those that went were small', () => {
    for (let run = 0; run < 50; run++) heap.activate(`small-${run}`, 0.1 * MiB);
    heap.activate('large-1', 50 * MiB);
    heap.activate('large-2', 50 * MiB);
    expect(heap.requested).toHaveLength(1);
    for (let rounds = 0; rounds < heap.requested.length; ) {
      rounds = heap.requested.length;
      heap.evictRequested();
    }
    expect([...heap.runs.keys()]).toEqual(['large-2']);
  });

  test('nothing more is requested while evictions are under way', () => {
    for (let run = 0; run < 11; run++) heap.activate(`run-${run}`, 10 * MiB);
    heap.activate('run-11', 10 * MiB);
    expect(heap.requested).toHaveLength(1);
  });

  test('a run that takes more by itself fails, once the others have left', () => {
    heap.activate('other', 10 * MiB);
    heap.activate('large', 110 * MiB);
    expect(heap.requested).toEqual([['other']]);
    heap.evictRequested();
    expect(() => heap.activate('large', 120 * MiB)).toThrow(
      'The workflow takes 120 MiB of memory, more than all cached workflows of its thread may (100 MiB, see WorkerOptions.maxCachedWorkflowsMemory)',
    );
  });
});
