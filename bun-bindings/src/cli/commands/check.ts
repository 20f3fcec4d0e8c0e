import { relative } from 'node:path';
import { Command } from 'commander';
import type { Checked } from '../check/check-workflows.ts';
import { CommandError } from '../command-error.ts';
import { moduleFile } from '../module-file.ts';
import { Output } from '../output.ts';

interface Flags {
  activities?: string;
  ignore?: string[];
  interceptors?: string[];
  payloadConverter?: string;
  failureConverter?: string;
  json?: boolean;
}

export function checkCommand(): Command {
  return new Command('check')
    .description(
      'Analyses workflows without a server: what does not belong there, what is missing, and how large they are.',
    )
    .argument('<workflows>', 'the module that exports the workflows')
    .option('-a, --activities <file>', 'the module that exports the activities, to find those that are missing')
    .option('--ignore <module...>', 'modules that are left out of the bundle, as in `bundlerOptions.ignoreModules`')
    .option('--interceptors <file...>', 'modules with interceptors of workflows, which are analysed too')
    .option('--payload-converter <file>', 'the module of the payload converter, which is analysed too')
    .option('--failure-converter <file>', 'the module of the failure converter, which is analysed too')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      '\nA finding is silenced by a comment in its line or the line before:\n  // temporal-bun-ignore RULE: REASON',
    )
    .action(check);
}

async function check(workflows: string, flags: Flags): Promise<void> {
  const output = new Output(flags.json === true);
  const { checkWorkflows } = await import('../check/check-workflows.ts');
  const checked = await checkWorkflows({
    workflows: moduleFile('<workflows>', workflows),
    activities: flags.activities && moduleFile('--activities', flags.activities),
    ignoreModules: flags.ignore ?? [],
    interceptors: (flags.interceptors ?? []).map((path) => moduleFile('--interceptors', path)),
    payloadConverter: flags.payloadConverter && moduleFile('--payload-converter', flags.payloadConverter),
    failureConverter: flags.failureConverter && moduleFile('--failure-converter', flags.failureConverter),
  });
  const findings = checked.findings.map((finding) => ({ ...finding, file: relative(process.cwd(), finding.file) }));
  print(output, { ...checked, findings });
  output.result({ ...checked, findings });
  if (findings.length > 0) throw new CommandError(`${findings.length} findings`);
}

/** The most packages that are printed. All are in the JSON. */
const MOST_PACKAGES = 10;

function print(output: Output, { findings, silenced, sizes }: Checked): void {
  for (const { rule, file, line, why, remedy, chain = [] } of findings) {
    output.line(`${file}:${line}  ${output.style('red', rule)}: ${why}`);
    for (const importer of chain) output.line(`    ${importer}`);
    output.line(`    ${remedy}`);
  }
  if (silenced > 0) output.line(`${silenced} findings are silenced by comments`);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  output.line(`Sources of the workflows: ${kilobytes(total)}`);
  for (const { package: name, bytes, modules } of sizes.slice(0, MOST_PACKAGES)) {
    output.line(`  ${kilobytes(bytes).padStart(9)}  ${name === '.' ? 'the project' : name}, ${modules} modules`);
  }
  if (sizes.length > MOST_PACKAGES) output.line(`  and ${sizes.length - MOST_PACKAGES} other packages`);
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KB`;
}
