import { exitCodes } from './exit-codes.ts';

/** Ends a command with a message and an exit code; a stack trace would tell its user nothing. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** An error in the command line. */
export function usageError(message: string): CommandError {
  return new CommandError(message, exitCodes.usage);
}
