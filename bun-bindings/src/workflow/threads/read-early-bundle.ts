import { readFileSync } from 'node:fs';
import { parseOwnBundle } from '../bundling/bundle.ts';
import { EarlyBundle } from '../sandbox/early-bundle.ts';

/**
 * Makes what can be made of a workflow bundle before the worker has sent it, while the main thread does other things.
 *
 * @param file the bundle as an executable has it, compressed with Zstandard.
 * @returns undefined if that fails. It fails again when the worker sends the bundle, and is reported then.
 */
export function readEarlyBundle(file: string): EarlyBundle | undefined {
  try {
    const bundle = parseOwnBundle(new TextDecoder().decode(Bun.zstdDecompressSync(readFileSync(file))));
    return bundle && new EarlyBundle(bundle);
  } catch {
    return undefined;
  }
}
