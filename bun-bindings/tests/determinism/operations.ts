import * as nexus from 'nexus-rpc';
import type { Program } from './program.ts';

/** The endpoint that leads to the workers of programs with Nexus operations. */
export const OPERATIONS_ENDPOINT = 'programs';

/** The operations of programs. */
export const operations = nexus.service('programs', {
  /** Answers at once with its input. */
  echo: nexus.operation<string, string>(),
  /** Is answered at the second attempt. */
  triedAgain: nexus.operation<string, string>(),
  /** Fails at once. */
  fail: nexus.operation<string, string>(),
  /** The handler knows of no such thing. */
  refuse: nexus.operation<string, string>(),
  /** Runs a program in a workflow of its own. */
  run: nexus.operation<Program, unknown>(),
});
