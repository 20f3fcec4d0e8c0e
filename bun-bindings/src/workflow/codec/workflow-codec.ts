import type { LoadedDataConverter } from '@temporalio/common';
import type { CodecError } from './codec-error.ts';

/**
 * Transforms the payloads of what goes into workflows, and of what comes out. What fails in that rejects, with a
 * {@link CodecError} if it is known how to tell the server of it.
 */
export interface WorkflowCodec {
  /** Takes and gives an encoded `WorkflowActivation`. */
  decodePayloads(activation: Uint8Array): Promise<Uint8Array>;
  /** Takes and gives an encoded `WorkflowActivationCompletion`. */
  encodePayloads(completion: Uint8Array): Promise<Uint8Array>;
}

export interface WorkflowCodecOptions {
  dataConverter: LoadedDataConverter;
  namespace: string;
  /** What replayed workflows send goes nowhere, so nothing of it is stored. @default false */
  isReplayWorker?: boolean;
}
