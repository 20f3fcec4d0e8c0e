import type { LoadedDataConverter } from '@temporalio/common';
import type { CodecError } from './codec-error.ts';

/**
 * Transforms the payloads that enter and leave workflows. Rejects if that fails, with a {@link CodecError} if the error
 * can be reported to the server.
 */
export interface WorkflowCodec {
  /** Takes and returns an encoded `WorkflowActivation`. */
  decodePayloads(activation: Uint8Array): Promise<Uint8Array>;
  /** Takes and returns an encoded `WorkflowActivationCompletion`. */
  encodePayloads(completion: Uint8Array): Promise<Uint8Array>;
}

export interface WorkflowCodecOptions {
  dataConverter: LoadedDataConverter;
  namespace: string;
  /** Whether the worker only replays. Its commands are not sent, so their payloads are not stored. @default false */
  isReplayWorker?: boolean;
}
