import { CodecError } from '../codec/codec-error.ts';
import type { WorkflowCodec } from '../codec/workflow-codec.ts';
import type { FromThread } from './messages.ts';
import { PendingRequests } from './pending-requests.ts';

/** The codec of a workflow thread. It calls the payload codecs on the main thread. */
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

  /** Resolves the request with this id. */
  resolve(id: number, bytes: Uint8Array): void {
    this.#pending.resolve(id, bytes);
  }

  reject(id: number, error: Error, completion: Uint8Array | undefined): void {
    this.#pending.reject(id, completion === undefined ? error : new CodecError(error, completion));
  }

  #request(direction: 'decode' | 'encode', bytes: Uint8Array): Promise<Uint8Array> {
    // Copy these bytes: posting a view clones its whole buffer.
    return this.#pending.request((id) => this.#tell({ type: 'transform', id, direction, bytes: bytes.slice() }));
  }
}
