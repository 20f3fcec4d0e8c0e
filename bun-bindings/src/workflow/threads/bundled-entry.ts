import entry from '../../../prebuilt/workflow-thread.js' with { type: 'file' };

/** The path of the bundled entry of workflow threads. `scripts/prebuild-library.ts` makes it. */
export default entry as string;
