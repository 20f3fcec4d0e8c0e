import { totalmem } from 'node:os';
import { MIN_MEMORY_BYTES } from '../../option-checks.ts';
import type { MemorySize } from './worker-options.ts';

const MiB = 1024 ** 2;

/**
 * Computes the default of `maxCachedWorkflows` from the bytes of memory that this process may use. The formula is that
 * of `@temporalio/worker`, for a heap of half of the memory, at most 4 GiB: V8's heap limit. JavaScriptCore has no
 * fixed limit.
 */
export function defaultMaxCachedWorkflows(memoryBytes = usableMemory()): number {
  const budgetMiB = Math.min(memoryBytes / 2, 4096 * MiB) / MiB;
  return Math.max(Math.floor((Math.max(budgetMiB - 200, 0) * 600) / 1024), 10);
}

/** Converts a bound of memory to bytes. A share is one of the bytes of memory that this process may use. */
export function bytesOf(size: MemorySize, memoryBytes = usableMemory()): number {
  if (typeof size === 'number') return size;
  return Math.max(MIN_MEMORY_BYTES, Math.floor((memoryBytes * Number.parseFloat(size)) / 100));
}

/** Bytes of memory that this process may use: the limit of the container, if there is one. */
export function usableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
