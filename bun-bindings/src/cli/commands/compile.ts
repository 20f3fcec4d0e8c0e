import { basename, relative } from 'node:path';
import { Command } from 'commander';
import { moduleFile } from '../module-file.ts';
import { Output } from '../output.ts';

interface Flags {
  output?: string;
  bytecode: boolean;
  sourcemap?: boolean;
  external?: string[];
  json?: boolean;
}

export function compileCommand(): Command {
  return new Command('compile')
    .description(
      'Makes one executable of a worker: with Bun, the native library, and the workflows that its `workflowsPath` names.',
    )
    .argument('<worker>', 'the module that runs the worker')
    .option('-o, --output <file>', 'the executable to write; by default it is named like the module')
    .option('--no-bytecode', 'leave compiled code out: the file is smaller, and starts slower')
    .option('--sourcemap', 'take a source map in: stacks name the lines of the sources, and the file is 2 MB larger')
    .option('--external <module...>', 'modules that are not taken in, and have to be there when the program runs')
    .option('--json', 'print what was written as JSON')
    .action(compile);
}

async function compile(worker: string, flags: Flags): Promise<void> {
  const output = new Output(flags.json === true);
  const entry = moduleFile('<worker>', worker);
  const { compileWorker } = await import('../compile/compile-worker.ts');
  output.progress(`compiling ${worker}`);
  const compiled = await compileWorker({
    entry,
    output: flags.output ?? basename(entry).replace(/\.\w+$/, ''),
    bytecode: flags.bytecode,
    sourcemap: flags.sourcemap === true,
    external: flags.external ?? [],
  }).finally(() => output.endProgress());
  for (const warning of compiled.warnings) output.line(`${output.style('yellow', 'warning')}: ${warning}`);
  for (const { place, workflowsPath, bytes } of compiled.workflows) {
    output.line(`${place}: ${workflowsPath}, ${Math.ceil(bytes / 1024)} KB`);
  }
  output.line(`${relative(process.cwd(), compiled.file)}: ${(compiled.bytes / 1e6).toFixed(1)} MB`);
  output.result(compiled);
}
