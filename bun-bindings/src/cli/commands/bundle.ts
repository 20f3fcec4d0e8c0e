import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { moduleFile } from '../module-file.ts';
import { Output } from '../output.ts';
import { collectWarnings } from '../warnings.ts';

interface Flags {
  output: string;
  ignore?: string[];
  preload?: string[];
  interceptors?: string[];
  json?: boolean;
}

export function bundleCommand(): Command {
  return new Command('bundle')
    .description('Bundles workflows into a file for WorkerOptions.workflowBundle, or `start-worker --bundle`.')
    .argument('<workflows>', 'the module that exports the workflows')
    .option('-o, --output <file>', 'the file to write', 'workflow-bundle.js')
    .option('--ignore <module...>', 'modules to leave out: they are empty in workflows')
    .option('--preload <module...>', 'modules to evaluate once for all workflow runs of a thread')
    .option('--interceptors <file...>', 'modules that export workflow interceptors')
    .option('--json', 'print what was written as JSON')
    .action(bundle);
}

async function bundle(workflows: string, flags: Flags): Promise<void> {
  const output = new Output(flags.json === true);
  const { bundleWorkflowCode } = await import('../../workflow/bundling/bundler.ts');
  const warnings: string[] = [];
  const { code } = await bundleWorkflowCode({
    workflowsPath: moduleFile('<workflows>', workflows),
    workflowInterceptorModules: flags.interceptors?.map((path) => moduleFile('--interceptors', path)),
    ignoreModules: flags.ignore,
    preloadModules: flags.preload,
    logger: collectWarnings(warnings),
  });
  await writeFile(flags.output, code);
  const bytes = Buffer.byteLength(code);
  for (const warning of warnings) output.line(`${output.style('yellow', 'warning')}: ${warning}`);
  output.line(`${flags.output}: ${Math.ceil(bytes / 1024)} KB`);
  output.result({ file: flags.output, bytes, warnings });
}
