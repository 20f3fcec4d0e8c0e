import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../command-error.ts';
import { TEMPLATE, withVersions } from './template.ts';

/** Parts that were added to a project. Paths are those in the project. */
export interface Added {
  folder: string;
  files: string[];
  /** The script in `package.json` that runs the worker. */
  script: string;
  /** Packages that were added to `package.json`. */
  dependencies: string[];
}

type Manifest = Record<'scripts' | 'dependencies' | 'devDependencies', Record<string, string> | undefined>;

/**
 * Adds a worker to a project: modules in a folder of their own, and what `package.json` lacks. What is there stays as it is.
 *
 * Rejects, and writes nothing, if one of the files is there already or `package.json` cannot be read.
 */
export async function addToProject(project: string): Promise<Added> {
  const folder = existsSync(join(project, 'src')) ? 'src/temporal' : 'temporal';
  const manifestText = await readFile(join(project, 'package.json'), 'utf8');
  const template = JSON.parse(withVersions(await readFile(join(TEMPLATE, 'package.json'), 'utf8'))) as Manifest;
  const { manifest, ...added } = withWorker(parseManifest(manifestText), template, folder);
  const files = await filesIn(folder);
  const present = [...files.keys()].find((file) => existsSync(join(project, file)));
  if (present !== undefined) throw new CommandError(`there is a file ${present} already: nothing was written`);
  await mkdir(join(project, folder), { recursive: true });
  for (const [file, text] of files) await writeFile(join(project, file), text);
  const indent = /^[ \t]+/m.exec(manifestText)?.[0] ?? '  ';
  await writeFile(join(project, 'package.json'), `${JSON.stringify(manifest, null, indent)}\n`);
  return { folder, files: [...files.keys()], ...added };
}

/** The template's modules and its test, as they are in one folder. */
async function filesIn(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const from of ['src', 'test']) {
    for (const name of await readdir(join(TEMPLATE, from))) {
      const text = await readFile(join(TEMPLATE, from, name), 'utf8');
      files.set(`${folder}/${name}`, text.replaceAll('../src/', './').replaceAll('bun src/', `bun ${folder}/`));
    }
  }
  return files;
}

function parseManifest(text: string): Manifest {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`package.json cannot be read: ${(cause as Error).message}`);
  }
}

function withWorker(manifest: Manifest, template: Manifest, folder: string) {
  const present = { ...manifest.devDependencies, ...manifest.dependencies };
  const missing = Object.entries(template.dependencies ?? {}).filter(([name]) => present[name] === undefined);
  const command = `bun ${folder}/worker.ts`;
  const { scripts = {} } = manifest;
  const script = scripts.worker === undefined || scripts.worker === command ? 'worker' : 'temporal-worker';
  return {
    manifest: {
      ...manifest,
      scripts: { ...scripts, [script]: scripts[script] ?? command },
      dependencies: { ...manifest.dependencies, ...Object.fromEntries(missing) },
    },
    script,
    dependencies: missing.map(([name]) => name),
  };
}
