import { generateProgram } from '../determinism/generator.ts';
import type { Program } from '../determinism/program.ts';
import { SeededRandom } from '../determinism/seeded-random.ts';
import type { View } from './views.ts';

/** A generated program, and the finest view in which two servers must agree on it. */
export interface Subject {
  name: string;
  program: Program;
  view: View;
}

/** Programs of many kinds. The same seed gives the same ones. */
export function generateSubjects(count: number, seed: number): Subject[] {
  return Array.from({ length: count }, (_, index) => {
    const random = new SeededRandom(seed + index);
    const sequential = index % 2 === 0;
    const withOperations = index % 4 > 1;
    const program = generateProgram({ random, closed: true, withFailures: true, withOperations, sequential });
    // The further run of a program that fails gets no signals: one that waits for them would never end.
    if (!program.next && random.chance(0.15) && !waitsForSignals(program)) program.fails = true;
    const view = sequential ? viewOfSequence(program) : 'facts';
    return { name: `program ${index} of seed ${seed}`, program, view };
  });
}

function waitsForSignals(program: Program): boolean {
  return JSON.stringify(program).includes('"do":"receive"');
}

/** The start and the end of a child or of an operation come in one workflow task, or in two. */
function viewOfSequence(program: Program): View {
  return /"do":"(child|failingChild|operation)"/.test(JSON.stringify(program)) ? 'order' : 'everything';
}
