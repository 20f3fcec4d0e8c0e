import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { addConnectionFlags, type ConnectionFlags, configOf } from '../connection-flags.ts';
import type { CheckResult } from '../doctor/check.ts';
import { Output } from '../output.ts';

interface Flags extends ConnectionFlags {
  json?: boolean;
}

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description(
      'Checks the installation, the way to the server, and the namespace, with the configuration of a worker.',
    )
    .option('--json', 'print the findings as JSON');
  return addConnectionFlags(command).action(doctor);
}

async function doctor(flags: Flags): Promise<void> {
  const output = new Output(flags.json === true);
  const results: CheckResult[] = [];
  const add = (found: readonly CheckResult[]): boolean => {
    for (const result of found) print(output, result);
    results.push(...found);
    return found.every(({ status }) => status !== 'failed');
  };
  const { checkInstallation } = await import('../doctor/installation.ts');
  const config = await configOf(flags);
  if (add(checkInstallation(process.cwd()))) {
    const { checkNetwork } = await import('../doctor/network.ts');
    if (add(await checkNetwork(config.connectionOptions))) {
      const { checkServer } = await import('../doctor/server.ts');
      add(await checkServer(config));
    }
  }
  output.result({ results });
  if (results.some(({ status }) => status === 'failed')) throw new CommandError('not everything is in order');
}

const MARKS = { ok: ['green', 'ok     '], warning: ['yellow', 'warning'], failed: ['red', 'failed '] } as const;

function print(output: Output, { name, status, detail, remedy }: CheckResult): void {
  const [color, mark] = MARKS[status];
  output.line(`${output.style(color, mark)}  ${name}: ${detail}`);
  if (remedy !== undefined) output.line(`         ${remedy}`);
}
