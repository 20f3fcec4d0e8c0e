import type { Activation } from './protos/messages.ts';

/**
 * Who recorded what a run repeats, as far as the code that recorded it may have found another world than it would here.
 *
 * Each workflow task that completes writes the version of its SDK into the history, and the first activation of a replay
 * tells that of the first task. What follows from it holds for the whole run.
 */
export interface Recorder {
  /** Whether the run has the globals that there are beyond those of `@temporalio/worker`. */
  extendedGlobals: boolean;
  /** Whether built-ins do what those of V8 do where the engines differ. This package did not always see to it. */
  asV8: boolean;
}

/** The suffix of the reported SDK version: the generation of the package's globals, or 0 if they are switched off. */
const MARK = /\+bun\.(\d+)/;

/** The versions that this package reported before it had a mark. */
const WITHOUT_MARK = /^0\.\d+\.\d+$/;

/** @param extendedGlobals whether runs that are new have these globals. */
export function recorderOf({ isReplaying, lastSdkVersion }: Activation, extendedGlobals: boolean): Recorder {
  if (!isReplaying) return { extendedGlobals, asV8: true };
  const version = lastSdkVersion ?? '';
  return {
    extendedGlobals: Number(MARK.exec(version)?.[1] ?? 0) > 0,
    asV8: !WITHOUT_MARK.test(version),
  };
}
