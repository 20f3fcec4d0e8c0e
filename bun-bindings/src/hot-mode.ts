/**
 * Whether `bun --hot` runs the program. It evaluates the modules of the program again when one of them changes, in the same
 * process, as soon as the evaluation before has ended: not while a module waits for a worker's `run()`.
 */
export const isHot: boolean = process.execArgv.includes('--hot');
