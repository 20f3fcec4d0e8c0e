import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compress } from '../../cli/compile/compress.ts';
import { serializeBundle } from '../bundling/bundle.ts';
import { createWorkflowBundle } from '../bundling/bundler.ts';
import { readEarlyBundle } from './read-early-bundle.ts';

const workflowsPath = `${import.meta.dir}/../../../tests/fixtures/patched-workflows.ts`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'early-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(contents: Uint8Array | string): Promise<string> {
  const file = join(folder, crypto.randomUUID());
  await writeFile(file, contents);
  return file;
}

test('a bundle as an executable has it is loaded', async () => {
  const bundle = await createWorkflowBundle({ workflowsPath });
  const early = readEarlyBundle(await fileOf(compress(serializeBundle(bundle))));
  expect(early?.isOf(bundle)).toBe(true);
});

test.each([
  ['is not compressed', () => 'text'],
  ['holds no bundle', () => compress('text')],
  ['is cut off', () => compress('text'.repeat(1_000)).subarray(0, 20)],
])('a file that %s is left to the worker to complain about', async (_, contents) => {
  expect(readEarlyBundle(await fileOf(contents()))).toBeUndefined();
});

test('so is a file that is not there', () => {
  expect(readEarlyBundle(join(folder, 'nowhere'))).toBeUndefined();
});
