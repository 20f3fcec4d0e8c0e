import { CodecError } from '../codec/codec-error.ts';
import type { WorkflowCodec } from '../codec/workflow-codec.ts';
import type { FromThread } from './messages.ts';
import { Questions } from './pending-requests.ts';

/** The payload codecs as a workflow thread sees them: they are called on the main thread. */
export class CodecProxy implements WorkflowCodec {
  private readonly tell: (message: FromThread) => void;
  private readonly questions = new Questions<Uint8Array>();

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
    this.questions.settle(id, bytes);
  }

  fail(id: number, error: Error, completion: Uint8Array | undefined): void {
    this.questions.fail(id, completion === undefined ? error : new CodecError(error, completion));
  }

  private ask(direction: 'decode' | 'encode', bytes: Uint8Array): Promise<Uint8Array> {
    // A copy of these bytes alone: what is posted is cloned with the whole buffer that it is a part of.
    return this.questions.ask((id) => this.tell({ type: 'transform', id, direction, bytes: bytes.slice() }));
  }
}
