import type { WorkflowCodec, WorkflowCodecOptions } from './workflow-codec.ts';

/**
 * Returns a factory: each workflow thread needs a codec of its own, because a codec tracks the runs of that thread.
 * Undefined if the data converter leaves payloads as they are.
 */
export function codecFactory(options: WorkflowCodecOptions): (() => WorkflowCodec) | undefined {
  const { payloadCodecs, externalStorage } = options.dataConverter;
  if (payloadCodecs.length === 0 && externalStorage === undefined) return undefined;
  // The codec loads all messages of the server's API.
  const { DataCodec } = require('./data-codec.ts') as typeof import('./data-codec.ts');
  return () => new DataCodec(options);
}
