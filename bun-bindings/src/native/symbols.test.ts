import { FFIType } from 'bun:ffi';
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { symbols } from './symbols.ts';

const header = readFileSync(join(import.meta.dir, '../../../include/temporal_bun_bridge.h'), 'utf8');

/** The type that `bun:ffi` must be given for each type of the header. Its `fast` types make numbers, not bigints. */
const FFI_TYPES: Record<string, FFIType> = {
  temporal_bun_handle: FFIType.u64_fast,
  temporal_bun_code: FFIType.i32,
  temporal_bun_wake: FFIType.ptr,
  uint64_t: FFIType.u64_fast,
  uint32_t: FFIType.u32,
  int64_t: FFIType.i64_fast,
  int32_t: FFIType.i32,
  size_t: FFIType.u64_fast,
  double: FFIType.f64,
  'uint8_t *': FFIType.ptr,
  'const uint8_t *': FFIType.ptr,
  'void *': FFIType.ptr,
};

interface Signature {
  args: FFIType[];
  returns: FFIType;
}

/** The functions that the header declares, by their names. */
function declaredFunctions(): Map<string, Signature> {
  const declarations = header.matchAll(/^(\w+) (temporal_bun_\w+)\(([^)]*)\);/gm);
  return new Map(
    [...declarations].map(([, returns = '', name = '', parameters = '']) => {
      const args =
        parameters === 'void' ? [] : parameters.split(',').map((parameter) => ffiType(withoutName(parameter)));
      return [name, { args, returns: ffiType(returns) }];
    }),
  );
}

/** The type in a parameter such as `const uint8_t *bytes`. */
function withoutName(parameter: string): string {
  return parameter.trim().replace(/\w+$/, '').trim();
}

function ffiType(type: string): FFIType {
  const known = FFI_TYPES[type];
  if (known === undefined) throw new Error(`Say in FFI_TYPES what "${type}" of the header is`);
  return known;
}

test('each function is bound with the arguments and the result that the header declares', () => {
  const declared = declaredFunctions();
  expect(declared.size).toBeGreaterThan(Object.keys(symbols).length);
  const bound: Record<string, Signature | undefined> = Object.fromEntries(
    Object.entries(symbols).map(([name, { args, returns }]) => [name, { args: [...args], returns }]),
  );
  expect(bound).toEqual(Object.fromEntries(Object.keys(bound).map((name) => [name, declared.get(name)])));
});

test('each function that is bound is called', () => {
  const sources = readdirSync(import.meta.dir)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'symbols.ts')
    // Only these tests post messages to a queue; the package gets them from the bridge.
    .concat('../../tests/native.test.ts')
    .map((name) => readFileSync(join(import.meta.dir, name), 'utf8'))
    .join('\n');
  const called = new Set(Array.from(sources.matchAll(/\btemporal_bun_\w+/g), ([name]) => name));
  expect(Object.keys(symbols).filter((name) => !called.has(name))).toEqual([]);
});
