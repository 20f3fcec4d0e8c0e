/** A payload codec or an external storage driver failed. The workflow task with these payloads fails, too. */
export class CodecError extends Error {
  /**
   * The encoded `WorkflowActivationCompletion` that fails the task, with the error as the data converter encodes it.
   */
  readonly completion: Uint8Array;

  constructor(cause: Error, completion: Uint8Array) {
    super(cause.message, { cause });
    this.name = cause.name;
    if (cause.stack !== undefined) this.stack = cause.stack;
    this.completion = completion;
  }
}
