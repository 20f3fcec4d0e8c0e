import { totalmem } from 'node:os';

const MiB = 1024 ** 2;

/**
 * The default of `maxCachedWorkflows`, from the bytes that this process may use: upstream's formula for a heap of half of
 * the memory and at most 4 GiB, which is how large V8 makes its heap. JavaScriptCore has no fixed heap limit.
 */
export function defaultMaxCachedWorkflows(memoryBytes = usableMemory()): number {
  const budgetMiB = Math.min(memoryBytes / 2, 4096 * MiB) / MiB;
  return Math.max(Math.floor((Math.max(budgetMiB - 200, 0) * 600) / 1024), 10);
}

/** The container's limit, if there is one. */
function usableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
