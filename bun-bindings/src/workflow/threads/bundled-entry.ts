import entry from '../../../prebuilt/workflow-thread.js' with { type: 'file' };

/** The path of the bundled entry of workflow threads, which `scripts/prebuild-thread.ts` writes. */
export default entry as string;
