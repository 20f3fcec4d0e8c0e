import { defineQuery, defineSignal, defineUpdate, type Sinks } from '@temporalio/workflow';
import type { Observation, Program, Step } from './program.ts';

/** The workflow that runs programs. `before` is what the runs that it continues observed. */
export type Interpret = (program: Program, before?: Observation) => Promise<Observation>;

export const put = defineSignal<[channel: number]>('put');
export const putByChild = defineSignal<[channel: number]>('putByChild');
export const runSteps = defineUpdate<unknown[], [steps: Step[]]>('runSteps');
export const traceSoFar = defineQuery<string[]>('traceSoFar');

export interface ObservationSinks extends Sinks {
  observations: {
    /** The run has come to its end, and this is what it has observed. */
    ended(trace: string[]): void;
  };
}
