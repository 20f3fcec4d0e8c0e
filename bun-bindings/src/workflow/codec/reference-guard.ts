import { mayHoldReferences } from '../../reference-search.ts';
import type { WorkflowCodec } from './workflow-codec.ts';

/** In the place of a codec, for workers whose data converter leaves payloads as they are. It refuses what was stored. */
export class ReferenceGuard implements WorkflowCodec {
  async decodePayloads(activation: Uint8Array): Promise<Uint8Array> {
    if (mayHoldReferences(activation)) {
      // Almost no worker needs it, and it brings all messages of the server's API.
      const { refuseReferencesIn } = await import('./reference-refusal.ts');
      await refuseReferencesIn(activation);
    }
    return activation;
  }

  async encodePayloads(completion: Uint8Array): Promise<Uint8Array> {
    return completion;
  }
}
