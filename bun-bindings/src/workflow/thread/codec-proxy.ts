import { CodecError } from '../codec/codec-error.ts';
import type { WorkflowCodec } from '../codec.ts';
import type { FromThread } from './messages.ts';

/** The payload codecs as a workflow thread sees them: they are called on the main thread. */
export class CodecProxy implements WorkflowCodec {
  private readonly tell: (message: FromThread) => void;
  private readonly waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
  private nextId = 1;

  constructor(tell: (message: FromThread) => void) {
    this.tell = tell;
  }

  decodeActivation(activation: Uint8Array): Promise<Uint8Array> {
    return this.ask('decode', activation);
  }

  encodeCompletion(completion: Uint8Array): Promise<Uint8Array> {
    return this.ask('encode', completion);
  }

  /** The answer to the question with this id. */
  settle(id: number, bytes: Uint8Array): void {
    this.waiting.get(id)?.resolve(bytes);
    this.waiting.delete(id);
  }

  fail(id: number, error: Error, completion: Uint8Array | undefined): void {
    this.waiting.get(id)?.reject(completion === undefined ? error : new CodecError(error, completion));
    this.waiting.delete(id);
  }

  private ask(direction: 'decode' | 'encode', bytes: Uint8Array): Promise<Uint8Array> {
    const id = this.nextId++;
    const answer = Promise.withResolvers<Uint8Array>();
    this.waiting.set(id, answer);
    // A copy of these bytes alone: what is posted is cloned with the whole buffer that it is a part of.
    this.tell({ type: 'transform', id, direction, bytes: bytes.slice() });
    return answer.promise;
  }
}
