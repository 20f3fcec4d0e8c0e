import workflowPackage from '@temporalio/workflow/package.json' with { type: 'json' };

/**
 * The generation of the globals that workflows have beyond those of `@temporalio/worker`. A global that is added must not be
 * there when a history is replayed that was recorded without it, so it goes with the next number.
 */
const GLOBALS_GENERATION = 1;

/**
 * The version that is reported to the server, and written into histories.
 *
 * Its number is that of `@temporalio/workflow`, which decides by it how histories are replayed that lack one of its flags. The
 * mark after it tells that this package recorded the history, and with which globals: 0 is for those of
 * `@temporalio/worker` alone. `src/workflow/sandbox/inside/recorder.ts` reads it when the history is replayed.
 */
export function sdkVersion(extendedGlobals: boolean): string {
  return `${workflowPackage.version}+bun.${extendedGlobals ? GLOBALS_GENERATION : 0}`;
}
