/**
 * Writes the entry of workflow threads as one file, for programs that a bundler has made: `bun build --compile` takes along what
 * is imported as a file, and does not see that a thread needs more. `scripts/install-packages bun-bindings` and packing the
 * package run it.
 */
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../src/workflow/threads/main.ts', import.meta.url));
const file = fileURLToPath(new URL('../prebuilt/workflow-thread.js', import.meta.url));

const built = await Bun.build({
  entrypoints: [entry],
  target: 'bun',
  // The main thread says where the library is.
  external: ['@temporal-bun-sdk/*'],
  minify: { whitespace: true, syntax: true },
});
const [output] = built.outputs;
if (output === undefined) throw new Error('The entry of workflow threads was not bundled');
await mkdir(dirname(file), { recursive: true });
// A program may be bundled at this moment.
await Bun.write(`${file}.new`, output);
await rename(`${file}.new`, file);
