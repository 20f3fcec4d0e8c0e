/** The message type that is in the metadata of each reference to external storage. */
const REFERENCE_TYPE = Buffer.from('temporal.api.sdk.v1.ExternalStorageReference');

/**
 * Whether an encoded message can hold references to external storage. Very few do: the search costs nothing beside
 * a walk through the message. Data may contain that text, too, so only the walk tells for sure.
 */
export function mayHoldReferences(message: Uint8Array): boolean {
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength).includes(REFERENCE_TYPE);
}
