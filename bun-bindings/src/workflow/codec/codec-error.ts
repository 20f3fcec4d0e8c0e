/** A payload codec or an external storage failed, and with it the workflow task whose payloads it was to transform. */
export class CodecError extends Error {
  /** The encoded `WorkflowActivationCompletion` that tells of it, as the worker's data converter describes the error. */
  readonly completion: Uint8Array;

  constructor(cause: Error, completion: Uint8Array) {
    super(cause.message, { cause });
    this.name = cause.name;
    if (cause.stack !== undefined) this.stack = cause.stack;
    this.completion = completion;
  }
}
