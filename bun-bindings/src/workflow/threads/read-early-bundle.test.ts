import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compress } from '../../cli/compile/compress.ts';
import { parseBundle } from '../bundling/bundle.ts';
import { type BundleMaps, bundleIn } from '../bundling/bundle-files.ts';
import { createWorkflowBundle } from '../bundling/bundler.ts';
import { embeddedBundle, embeddedIn } from '../bundling/embedded-bundle.ts';
import { type BundleFiles, codeHash, isSameBundle, type LoadedBundle } from '../bundling/loaded-bundle.ts';
import { readEarlyBundle } from './read-early-bundle.ts';

const workflowsPath = `${import.meta.dir}/../../../tests/fixtures/patched-workflows.ts`;

let folder: string;
let bundle: LoadedBundle;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'early-bundle-'));
  bundle = await createWorkflowBundle({ workflowsPath });
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(contents: Uint8Array | string): Promise<string> {
  const file = join(folder, crypto.randomUUID());
  await writeFile(file, contents);
  return file;
}

/** Writes a bundle as an executable has it. */
async function filesOf({ library, workflows }: LoadedBundle): Promise<BundleFiles> {
  const maps: BundleMaps = { library: library.map, workflows: workflows.map };
  return {
    library: await fileOf(library.code),
    workflows: await fileOf(workflows.code),
    maps: await fileOf(compress(JSON.stringify(maps))),
    hash: codeHash(bundle),
  };
}

test('a bundle as an executable has it is loaded', async () => {
  const files = await filesOf(bundle);
  const early = readEarlyBundle(files);
  expect(early?.isOf(bundleIn(files))).toBe(true);
  expect(early?.isOf(bundle)).toBe(true);
  expect(early?.isOf(bundleIn(await filesOf(bundle)))).toBe(false);
});

test('it is the same as the one that it was made of, in each part and as text', async () => {
  const option = embeddedBundle(await filesOf(bundle));
  const embedded = embeddedIn(option) as LoadedBundle;
  expect(isSameBundle(embedded, bundle)).toBe(true);
  expect(codeHash(embedded)).toBe(codeHash(bundle));
  const { library, workflows } = bundle;
  expect(await parseBundle(option.code)).toEqual({ library, workflows });
  expect(await parseBundle({ ...option }.code)).toEqual({ library, workflows });
});

test.each([
  ['holds no code', () => 'text ('],
  ['is not there', undefined],
])('a file that %s is left to the worker to complain about', async (_, contents) => {
  const library = contents === undefined ? join(folder, 'nowhere') : await fileOf(contents());
  expect(readEarlyBundle({ ...(await filesOf(bundle)), library })).toBeUndefined();
});
