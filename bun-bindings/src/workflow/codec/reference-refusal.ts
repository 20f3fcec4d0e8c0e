import { type Payload, ValueError } from '@temporalio/common';
import * as library from '@temporalio/common/lib/internal-non-workflow';
import { coresdk } from '@temporalio/proto';
import { concurrencyLimit } from './concurrency-limit.ts';
import { type PayloadTransforms, visitDecoded } from './payload-visitor.ts';

const { extstoreInboundOptions, isReferencePayload, visit, walkWorkflowActivation } = library;

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
  transformPayload: async (payload) => refuse(payload),
  transformPayloads: async (payloads) => payloads.map(refuse),
  deriveContext: () => undefined,
  initialContext: undefined,
  limit: concurrencyLimit(1),
};

function refuse(payload: Payload): Payload {
  if (!isReferencePayload(payload)) return payload;
  throw new ValueError(
    'A payload is a reference to external storage, which needs version 1.21 or later of the @temporalio packages',
  );
}
