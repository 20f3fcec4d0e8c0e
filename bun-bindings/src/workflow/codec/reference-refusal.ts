import * as library from '@temporalio/common/lib/internal-non-workflow';
import { coresdk } from '@temporalio/proto';
import { refuseReference } from '../../older-storage.ts';
import { concurrencyLimit } from './concurrency-limit.ts';
import { type PayloadTransforms, visitDecoded } from './payload-visitor.ts';

const { extstoreInboundOptions, visit, walkWorkflowActivation } = library;

/**
 * Rejects references to external storage on a worker without external storage, which cannot fetch the payloads.
 *
 * @throws ExternalStorageNotConfiguredError; a ValueError with versions before 1.21, which do not have that.
 */
export async function refuseReferences(activation: coresdk.workflow_activation.IWorkflowActivation): Promise<void> {
  if (visit === undefined) return visitDecoded(activation, refusing);
  await visit(activation, walkWorkflowActivation, extstoreInboundOptions(undefined));
}

/** Like {@link refuseReferences}, for an encoded `WorkflowActivation`. */
export function refuseReferencesIn(activation: Uint8Array): Promise<void> {
  return refuseReferences(coresdk.workflow_activation.WorkflowActivation.decode(activation));
}

const refusing: PayloadTransforms<undefined> = {
  transformPayload: async (payload) => refuseReference(payload),
  transformPayloads: async (payloads) => payloads.map(refuseReference),
  deriveContext: () => undefined,
  initialContext: undefined,
  limit: concurrencyLimit(1),
};
