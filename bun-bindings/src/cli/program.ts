import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { TemporalConfigError } from '../config/index.ts';
import { CommandError } from './command-error.ts';
import { bundleCommand } from './commands/bundle.ts';
import { checkCommand } from './commands/check.ts';
import { compileCommand } from './commands/compile.ts';
import { devCommand } from './commands/dev.ts';
import { doctorCommand } from './commands/doctor.ts';
import { initCommand } from './commands/init.ts';
import { replayCommand } from './commands/replay.ts';
import { stackCommand } from './commands/stack.ts';
import { startWorkerCommand } from './commands/start-worker.ts';
import { topCommand } from './commands/top.ts';
import { exitCodes } from './exit-codes.ts';

/** The commands of `temporal-bun`. Each loads what it needs only when it runs. */
function newProgram(): Command {
  const program = new Command('temporal-bun')
    .description('Creates, checks and runs Temporal workers on Bun.')
    .version(packageJson.version)
    .option('--verbose', 'print stack traces of errors')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options)')
    .addHelpText(
      'after',
      `
Exit codes:
  ${exitCodes.ok}   all is well
  ${exitCodes.failed}   the command failed
  ${exitCodes.nondeterminism}   replay: workflow code does not fit a history
  ${exitCodes.usage}  the command line or the configuration is wrong`,
    );
  const commands = [
    initCommand,
    startWorkerCommand,
    devCommand,
    bundleCommand,
    compileCommand,
    checkCommand,
    replayCommand,
    doctorCommand,
    stackCommand,
    topCommand,
  ];
  for (const command of commands) program.addCommand(command());
  for (const command of [program, ...program.commands]) command.exitOverride();
  return program;
}

/**
 * Runs `temporal-bun` with the arguments that follow the program's name, and gives its exit code.
 *
 * Errors are printed on standard error, with their stack only if `--verbose` was given.
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const program = newProgram();
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // Commander has printed its own errors. Help and version are errors to it, with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    console.error(program.opts().verbose ? error : `error: ${messageOf(error)}`);
    if (error instanceof CommandError) return error.exitCode;
    return error instanceof TemporalConfigError ? exitCodes.usage : exitCodes.failed;
  }
}

/** The message of an error and of its causes, one a line. */
function messageOf(error: unknown): string {
  const messages: string[] = [];
  for (let current = error; current != null; current = (current as { cause?: unknown }).cause) {
    const message = current instanceof Error ? current.message : String(current);
    if (!messages.some((known) => known.includes(message))) messages.push(message);
  }
  return messages.join('\n  caused by: ');
}
