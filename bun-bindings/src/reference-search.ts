/** The message type in the metadata of each reference to external storage. */
const REFERENCE_TYPE = Buffer.from('temporal.api.sdk.v1.ExternalStorageReference');

/**
 * Whether an encoded message may hold references to external storage. A false positive is possible, as data may contain
 * the same text. The search is far cheaper than a walk through the message, and very few messages hold references.
 */
export function mayHoldReferences(message: Uint8Array): boolean {
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength).includes(REFERENCE_TYPE);
}
