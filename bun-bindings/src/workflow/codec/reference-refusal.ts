import { extstoreInboundOptions, visit, walkWorkflowActivation } from '@temporalio/common/lib/internal-non-workflow';
import { coresdk } from '@temporalio/proto';

/**
 * Rejects references to external storage on a worker without external storage, which cannot fetch the payloads.
 *
 * @throws ExternalStorageNotConfiguredError
 */
export async function refuseReferences(activation: coresdk.workflow_activation.IWorkflowActivation): Promise<void> {
  await visit(activation, walkWorkflowActivation, extstoreInboundOptions(undefined));
}

/** Like {@link refuseReferences}, for an encoded `WorkflowActivation`. */
export function refuseReferencesIn(activation: Uint8Array): Promise<void> {
  return refuseReferences(coresdk.workflow_activation.WorkflowActivation.decode(activation));
}
