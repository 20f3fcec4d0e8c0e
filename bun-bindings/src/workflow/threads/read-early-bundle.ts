import { readFileSync } from 'node:fs';
import { parseOwnBundle } from '../bundling/bundle.ts';
import { type ExpectedBundle, readExpectedBundle } from '../bundling/expected-bundle.ts';
import type { LoadedBundle } from '../bundling/loaded-bundle.ts';
import { EarlyBundle } from '../sandbox/early-bundle.ts';

/**
 * Makes what can be made of a workflow bundle before the worker has sent it, while the main thread does other things.
 *
 * @param source the file of an executable, compressed with Zstandard, or a bundle of the cache.
 * @returns undefined if that fails. It fails again when the worker sends the bundle, and is reported then.
 */
export function readEarlyBundle(source: string | ExpectedBundle): EarlyBundle | undefined {
  try {
    const bundle = typeof source === 'string' ? readFrom(source) : readExpectedBundle(source);
    return bundle && new EarlyBundle(bundle);
  } catch {
    return undefined;
  }
}

function readFrom(file: string): LoadedBundle | undefined {
  return parseOwnBundle(new TextDecoder().decode(Bun.zstdDecompressSync(readFileSync(file))));
}
