import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import packageJson from '../../../package.json' with { type: 'json' };
import { CommandError } from '../command-error.ts';
import { Output } from '../output.ts';

interface Flags {
  json?: boolean;
}

export function initCommand(): Command {
  return new Command('init')
    .description('Writes a project that works at once: a worker, a workflow, an activity, a test, a Dockerfile.')
    .argument('[folder]', 'where to; a folder that is new or empty', '.')
    .option('--json', 'print the files that were written as JSON')
    .action(init);
}

/** Files of the template, which npm would not pack or would take for its own under their real names. */
const RENAMED: Record<string, string> = { gitignore: '.gitignore', dockerignore: '.dockerignore' };
const TEMPLATE = join(import.meta.dir, '../../../templates/worker');

async function init(folder: string, flags: Flags): Promise<void> {
  const output = new Output(flags.json === true);
  const target = resolve(folder);
  await mkdir(target, { recursive: true });
  const present = (await readdir(target)).filter((name) => name !== '.git');
  if (present.length > 0) {
    throw new CommandError(`${target} is not empty: it has ${present.slice(0, 3).join(', ')}. Give a new folder.`);
  }
  const names = await readdir(TEMPLATE);
  for (const name of names) await cp(join(TEMPLATE, name), join(target, RENAMED[name] ?? name), { recursive: true });
  await writePackageJson(join(target, 'package.json'), basename(target));

  output.line(`A worker in ${target}. To run it:`);
  const steps = [
    ...(target === process.cwd() ? [] : [`cd ${folder}`]),
    'bun install',
    'bun test              # a workflow, against a server that the test starts',
    'bun run start         # the worker; needs a server: temporal server start-dev',
  ];
  for (const step of steps) output.line(`  ${step}`);
  output.result({ folder: target, files: names.map((name) => RENAMED[name] ?? name) });
}

async function writePackageJson(path: string, folderName: string): Promise<void> {
  const template = await readFile(path, 'utf8');
  const name =
    folderName
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[-._]+/, '') || 'worker';
  await writeFile(
    path,
    template
      .replaceAll('PROJECT_NAME', name)
      .replaceAll('SDK_VERSION', packageJson.version)
      // This package has the version of the packages that it goes with.
      .replaceAll('TEMPORAL_VERSION', packageJson.version),
  );
}
