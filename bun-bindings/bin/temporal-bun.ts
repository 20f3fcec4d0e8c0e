#!/usr/bin/env bun
import { runProgram } from '../src/cli/program.ts';

process.exit(await runProgram(process.argv.slice(2)));
