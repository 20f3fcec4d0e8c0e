import { generateProgram } from '../determinism/generator.ts';
import type { Program } from '../determinism/program.ts';
import { SeededRandom } from '../determinism/seeded-random.ts';
import type { View } from './views.ts';

/** A generated program, and the finest view in which two servers must agree on it. */
export interface Subject {
  /** Generates the program again. */
  seed: number;
  program: Program;
  view: View;
}

/** Programs of many kinds, one of each seed from the first on. */
export function generateSubjects(count: number, firstSeed: number): Subject[] {
  return Array.from({ length: count }, (_, index) => generateSubject(firstSeed + index));
}

function generateSubject(seed: number): Subject {
  const random = new SeededRandom(seed);
  const sequential = seed % 2 === 0;
  const withOperations = seed % 4 > 1;
  const program = generateProgram({
    random,
    closed: true,
    withFailures: true,
    withOperations,
    sequential,
    waitsForCancelled: true,
  });
  // The further run of a program that fails is sent nothing: one that waits for that would never end.
  if (!program.next && program.inputs.length === 0 && random.chance(0.15)) program.fails = true;
  const view = sequential ? viewOfSequence(program) : 'facts';
  return { seed, program, view };
}

/** The start and the end of a child or of an operation come in one workflow task, or in two. */
function viewOfSequence(program: Program): View {
  return /"do":"(child|failingChild|operation)"/.test(JSON.stringify(program)) ? 'order' : 'everything';
}
