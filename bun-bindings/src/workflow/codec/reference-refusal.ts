import { extstoreInboundOptions, visit, walkWorkflowActivation } from '@temporalio/common/lib/internal-non-workflow';
import { coresdk } from '@temporalio/proto';

/**
 * For workers without external storage: a reference is not the data that the workflow expects, and nobody can fetch that.
 *
 * @throws ExternalStorageNotConfiguredError
 */
export async function refuseReferences(activation: coresdk.workflow_activation.IWorkflowActivation): Promise<void> {
  await visit(activation, walkWorkflowActivation, extstoreInboundOptions(undefined));
}

/** {@link refuseReferences} for an encoded `WorkflowActivation`. */
export function refuseReferencesIn(activation: Uint8Array): Promise<void> {
  return refuseReferences(coresdk.workflow_activation.WorkflowActivation.decode(activation));
}
