import { defineQuery, defineSignal, defineUpdate, type Sinks } from '@temporalio/workflow';
import type { KeeperState } from './keeper-model.ts';

/** A keeper, as clients see it. */
export type Keeper = (seed: number) => Promise<KeeperState>;

export const add = defineSignal<[amount: number]>('add');
export const addAndTell = defineUpdate<KeeperState, [amount: number]>('addAndTell');
export const tell = defineQuery<KeeperState>('tell');
export const finish = defineSignal('finish');

export interface KeeperSinks extends Sinks {
  keepers: {
    /** The keeper has handled its first task. */
    started(): void;
  };
}
