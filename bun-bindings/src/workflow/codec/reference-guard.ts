import { mayHoldReferences } from '../../reference-search.ts';
import type { WorkflowCodec } from './workflow-codec.ts';

/** The codec of workers whose data converter does not transform payloads. It rejects references to external storage. */
export class ReferenceGuard implements WorkflowCodec {
  async decodePayloads(activation: Uint8Array): Promise<Uint8Array> {
    if (mayHoldReferences(activation)) {
      // Loaded on demand: few workers need it, and it loads all messages of the server's API. At once: an import goes through the
      // event loop, which stands still while a workflow thread waits for its queue.
      const { refuseReferencesIn } = require('./reference-refusal.ts') as typeof import('./reference-refusal.ts');
      await refuseReferencesIn(activation);
    }
    return activation;
  }

  async encodePayloads(completion: Uint8Array): Promise<Uint8Array> {
    return completion;
  }
}
