/**
 * Reads the engine's memory. Nothing else does, and nothing writes there.
 *
 * The engine's description of an object tells where the object lies, and objects never move. An object begins with the number
 * of its shape, and the address of its storage follows, where most properties are: one after the other, from its end downwards.
 */
import { type Pointer, toArrayBuffer } from 'bun:ffi';
import * as jsc from 'bun:jsc';

// The types of Bun leave it out.
export const { describe } = jsc as unknown as { describe(value: unknown): string };

/** Bytes of the number of a shape. */
const WORD_BYTES = 4;
/** Bytes of a part of the heap, as the engine divides it. */
const BLOCK_BYTES = 16_384;
/** Bytes of a property's value, and of an address. */
export const SLOT_BYTES = 8;
/** Where the address of the storage is in an object. */
export const STORAGE_OFFSET = 8;
/** Bytes between the storage's address and the end of its first slot: the lengths of an array. */
const STORAGE_HEADER_BYTES = 8;

/** Some words of the engine's memory, as they are whenever they are read. The owner keeps what they belong to alive. */
export function wordsAt(address: number, bytes: number): Uint32Array {
  return new Uint32Array(toArrayBuffer(address as Pointer, 0, bytes));
}

/** The number of the shape of the object at an address. */
export function shapeNumberAt(address: number): Uint32Array {
  return wordsAt(address, WORD_BYTES);
}

/** The word at an address, as it is now. */
export function wordAt(address: number): number {
  return wordsAt(address, WORD_BYTES)[0] as number;
}

/** The block of memory that an address is in. Nobody may read more of it than what is known to be there. */
export function blockAt(address: number, known: Map<number, Uint32Array>): Uint32Array {
  const start = address - (address % BLOCK_BYTES);
  const block = known.get(start) ?? wordsAt(start, BLOCK_BYTES);
  known.set(start, block);
  return block;
}

/** The index of a word in its {@link blockAt}. */
export function wordIndexIn(address: number): number {
  return (address % BLOCK_BYTES) / WORD_BYTES;
}

/** The address that is stored at another one. */
export function addressAt(address: number): number {
  const [low = 0, high = 0] = wordsAt(address, SLOT_BYTES);
  return high * 2 ** 32 + low;
}

/** The address of the slot with an index in a storage. */
export function slotAddress(storage: number, index: number): number {
  return storage - STORAGE_HEADER_BYTES - SLOT_BYTES * (index + 1);
}

/** Whether something can be the address of another part of the heap that an address is in. */
export function isNear(address: number, other: number): boolean {
  return address % SLOT_BYTES === 0 && address > 0 && Math.floor(address / 2 ** 40) === Math.floor(other / 2 ** 40);
}
