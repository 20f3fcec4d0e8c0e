import { CodecError } from '../codec/codec-error.ts';
import type { WorkflowCodec } from '../codec/workflow-codec.ts';
import type { FromThread } from './messages.ts';
import { PendingRequests } from './pending-requests.ts';

/** The payload codecs as a workflow thread sees them: they are called on the main thread. */
export class CodecProxy implements WorkflowCodec {
  readonly #tell: (message: FromThread) => void;
  readonly #pending = new PendingRequests<Uint8Array>();

  constructor(tell: (message: FromThread) => void) {
    this.#tell = tell;
  }

  decodePayloads(activation: Uint8Array): Promise<Uint8Array> {
    return this.#request('decode', activation);
  }

  encodePayloads(completion: Uint8Array): Promise<Uint8Array> {
    return this.#request('encode', completion);
  }

  /** The response to the request with this id. */
  resolve(id: number, bytes: Uint8Array): void {
    this.#pending.resolve(id, bytes);
  }

  reject(id: number, error: Error, completion: Uint8Array | undefined): void {
    this.#pending.reject(id, completion === undefined ? error : new CodecError(error, completion));
  }

  #request(direction: 'decode' | 'encode', bytes: Uint8Array): Promise<Uint8Array> {
    // A copy of these bytes alone: what is posted is cloned with the whole buffer that it is a part of.
    return this.#pending.request((id) => this.#tell({ type: 'transform', id, direction, bytes: bytes.slice() }));
  }
}
