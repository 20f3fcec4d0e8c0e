#!/usr/bin/env bun
import { exitCodes } from '../src/cli/exit-codes.ts';
import { runProgram } from '../src/cli/program.ts';

/** Older than `temporal-bun`, and what scripts know it to end with when the command line is wrong. */
const WRONG_USAGE = 2;

const code = await runProgram(['start-worker', ...process.argv.slice(2)]);
process.exit(code === exitCodes.usage ? WRONG_USAGE : code);
