/**
 * Writes the packages to publish into a folder, as tarballs. `scripts/build-packages` runs it, when the native library is built.
 *
 *     bun packaging/build-packages.ts [FOLDER]
 */
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { $ } from 'bun';
import { compilePackage } from './compile.ts';
import { crateLicences } from './crate-licences.ts';
import { inlinePackages } from './inline.ts';
import { publishedManifest } from './manifest.ts';

const source = join(import.meta.dir, '..');
const root = join(source, '..');
const target = resolve(process.argv[2] ?? join(root, 'dist'));
/** Where packages are put together. Not in a `node_modules`, which paths in the prebuilt bundle are told by. */
const stages = join(target, 'stages');
/** Targets of Rust's, by the folders of the packages with their libraries. */
const TARGETS: Record<string, string> = { 'linux-x64-gnu': 'x86_64-unknown-linux-gnu' };
const repository = process.env.PACKAGE_REPOSITORY;
/** A folder with the libraries to publish, in folders by platform. Without it they are those that the checkout links to. */
const builtLibraries = process.env.PACKAGE_LIBRARIES;

await rm(target, { recursive: true, force: true });
const packages = join(root, 'packages');
const names = await readdir(packages);
const libraries = names.filter((name) => name !== 'testing');
await stageWorker(libraries.map((name) => `@temporal-bun-sdk/${name}`));
for (const name of names) await stageCompanion(join(packages, name), join(stages, name));
for (const name of await readdir(stages)) {
  await $`bun pm pack --destination ${target} --gzip-level 9 --quiet`.cwd(join(stages, name));
}
await rm(stages, { recursive: true });

/** Puts the worker's package together. */
async function stageWorker(libraries: string[]): Promise<void> {
  const stage = join(stages, 'temporal-bun-sdk');
  await mkdir(stage, { recursive: true });
  await compilePackage(source, stage);
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  await writeJson(join(stage, 'package.json'), publishedManifest(manifest, libraries, repository));
  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md']) await cp(join(root, name), join(stage, name));
  await cp(join(source, 'templates'), join(stage, 'templates'), { recursive: true });
  // Bundles are made of the compiled modules, with the packages that the checkout has installed.
  await symlink(join(source, 'node_modules'), join(stage, 'node_modules'));
  await inlinePackages(stage);
  await $`bun scripts/prebuild-library.js && bun scripts/prebuild-thread.js`.cwd(stage);
  await rm(join(stage, 'node_modules'));
}

/** Copies a package of `packages/`. A library that the checkout links to is copied without its symbols for debuggers. */
async function stageCompanion(folder: string, stage: string): Promise<void> {
  await cp(folder, stage, { recursive: true, dereference: true });
  await cp(join(root, 'LICENSE'), join(stage, 'LICENSE'));
  const rustTarget = TARGETS[basename(folder)];
  if (rustTarget !== undefined) await writeFile(join(stage, 'LICENSE-CRATES'), crateLicences(root, rustTarget));
  const library = 'libtemporal_bun_bridge.so';
  if (builtLibraries !== undefined && libraries.includes(basename(folder)))
    await cp(join(builtLibraries, basename(folder), library), join(stage, library));
  for (const file of await readdir(stage))
    if (file.endsWith('.so')) await $`strip --strip-unneeded ${join(stage, file)}`;
  const manifest = JSON.parse(await readFile(join(stage, 'package.json'), 'utf8'));
  if (manifest.version !== (await version())) throw new Error(`${basename(folder)} is of version ${manifest.version}`);
  await writeJson(join(stage, 'package.json'), {
    ...manifest,
    ...(repository && { repository: { type: 'git', url: repository, directory: `packages/${basename(folder)}` } }),
  });
}

async function version(): Promise<string> {
  return JSON.parse(await readFile(join(source, 'package.json'), 'utf8')).version;
}

function writeJson(path: string, value: object): Promise<void> {
  return writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
