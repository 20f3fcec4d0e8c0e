// Bundles the workflows, for one-file.ts to take in.
import { bundleWorkflowCode } from '@temporalio/worker';

const { code } = await bundleWorkflowCode({ workflowsPath: require.resolve('./workflows.ts') });
await Bun.write(`${import.meta.dir}/workflow-bundle.txt`, code);
