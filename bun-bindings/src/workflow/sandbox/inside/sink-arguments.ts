import type { SinkCall } from '@temporalio/workflow';
import { getOwnPropertyDescriptor, getPrototypeOf, isArray, ownKeys } from './primordials.ts';

/** Larger arguments count as having code: to look through them would take longer than what is saved by it. */
const MAX_DEPTH = 3;
const MAX_KEYS = 50;

const ofObjects = Object.prototype;
const ofArrays = Array.prototype;

/** Whether reading the arguments of calls may run code of the workflow, as of a getter: they are not just data. */
export function haveCode(calls: readonly SinkCall[]): boolean {
  for (let index = 0; index < calls.length; index++) {
    if (hasCode((calls[index] as SinkCall).args, MAX_DEPTH)) return true;
  }
  return false;
}

function hasCode(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return typeof value === 'function' || typeof value === 'symbol';
  const prototype = getPrototypeOf(value);
  const isPlain = prototype === null || prototype === ofObjects || (prototype === ofArrays && isArray(value));
  if (!isPlain || depth === 0) return true;
  const keys = ownKeys(value);
  if (keys.length > MAX_KEYS) return true;
  for (let index = 0; index < keys.length; index++) {
    const property = getOwnPropertyDescriptor(value, keys[index] as PropertyKey);
    if (property === undefined || property.get !== undefined || property.set !== undefined) return true;
    if (hasCode(property.value, depth - 1)) return true;
  }
  return false;
}
