import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { addToProject } from '../init/add-to-project.ts';
import { TEMPLATE, withVersions } from '../init/template.ts';
import { Output } from '../output.ts';

interface Flags {
  json?: boolean;
}

export function initCommand(): Command {
  return new Command('init')
    .description(
      'Writes a project that works at once: a worker, a workflow, an activity, a test, a Dockerfile. In a folder with a ' +
        'package.json it adds a worker to that project, in a folder of its own, and changes no file but package.json.',
    )
    .argument('[folder]', 'where to; a folder that is new, empty, or a project', '.')
    .option('--json', 'print the files that were written as JSON')
    .action(init);
}

/** Files of the template, which npm would not pack or would take for its own under their real names. */
const RENAMED: Record<string, string> = { gitignore: '.gitignore', dockerignore: '.dockerignore' };

async function init(folder: string, flags: Flags): Promise<void> {
  const output = new Output(flags.json === true);
  const target = resolve(folder);
  await mkdir(target, { recursive: true });
  const present = (await readdir(target)).filter((name) => name !== '.git');
  if (present.includes('package.json')) return add(target, output);
  if (present.length > 0) {
    throw new CommandError(`${target} is not empty: it has ${present.slice(0, 3).join(', ')}. Give a new folder.`);
  }
  const names = await readdir(TEMPLATE);
  for (const name of names) await cp(join(TEMPLATE, name), join(target, RENAMED[name] ?? name), { recursive: true });
  await fillIn(join(target, 'package.json'), basename(target));
  await fillIn(join(target, 'Dockerfile'), basename(target));

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

async function add(project: string, output: Output): Promise<void> {
  const added = await addToProject(project);
  output.line(`A worker in ${added.folder} of ${project}, with these files: ${added.files.join(', ')}`);
  if (added.dependencies.length > 0) output.line(`Added to package.json: ${added.dependencies.join(', ')}`);
  const steps = [
    'bun install',
    `bun test ${added.folder}`,
    `bun run ${added.script}        # needs a server: temporal server start-dev`,
  ];
  for (const step of steps) output.line(`  ${step}`);
  output.result({ ...added, folder: join(project, added.folder) });
}

/** Puts names and versions into a file of the template. */
async function fillIn(path: string, folderName: string): Promise<void> {
  const template = await readFile(path, 'utf8');
  const name =
    folderName
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[-._]+/, '') || 'worker';
  await writeFile(path, withVersions(template.replaceAll('PROJECT_NAME', name)));
}
