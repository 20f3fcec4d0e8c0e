import type { WorkflowCodec, WorkflowCodecOptions } from './workflow-codec.ts';

/**
 * Returns a factory of codecs, or undefined if the data converter does not transform payloads. Each workflow thread
 * needs its own codec, because a codec tracks the runs of that thread.
 */
export function codecFactory(options: WorkflowCodecOptions): (() => WorkflowCodec) | undefined {
  const { payloadCodecs, externalStorage } = options.dataConverter;
  if (payloadCodecs.length === 0 && externalStorage === undefined) return undefined;
  // Loaded on demand: the codec loads all messages of the server's API.
  const { DataCodec } = require('./data-codec.ts') as typeof import('./data-codec.ts');
  return () => new DataCodec(options);
}
