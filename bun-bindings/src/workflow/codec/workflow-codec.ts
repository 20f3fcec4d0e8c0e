import type { LoadedDataConverter } from '@temporalio/common';
import type { CodecError } from './codec-error.ts';

/**
 * Transforms the payloads of what goes into workflows, and of what comes out. What fails in that rejects, with a
 * {@link CodecError} if it is known how to tell the server of it.
 */
export interface WorkflowCodec {
  /** Takes and gives an encoded `WorkflowActivation`. */
  decodeActivation(activation: Uint8Array): Promise<Uint8Array>;
  /** Takes and gives an encoded `WorkflowActivationCompletion`. */
  encodeCompletion(completion: Uint8Array): Promise<Uint8Array>;
}

export interface WorkflowCodecOptions {
  dataConverter: LoadedDataConverter;
  namespace: string;
  /** What replayed workflows send goes nowhere, so nothing of it is stored. @default false */
  isReplayWorker?: boolean;
}

/**
 * Gives what makes a codec for each isolate: a codec remembers the runs of one isolate. Undefined if the data converter
 * leaves payloads as they are.
 */
export function workflowCodecs(options: WorkflowCodecOptions): (() => WorkflowCodec) | undefined {
  const { payloadCodecs, externalStorage } = options.dataConverter;
  if (payloadCodecs.length === 0 && externalStorage === undefined) return undefined;
  // It brings all messages of the server's API.
  const { DataCodec } = require('./data-codec.ts') as typeof import('./data-codec.ts');
  return () => new DataCodec(options);
}
