/**
 * An error of the native bridge, or of loading it.
 *
 * `code` is one of the codes in `docs/ffi-surface.md`, such as `invalid_config` or `rpc_failed`; this side adds
 * `library_not_found` and `wrong_abi_version`. `details` depend on the code.
 */
export class NativeBridgeError extends Error {
  override readonly name = 'NativeBridgeError';

  constructor(
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }

  /** Reads an error of the bridge from JSON. */
  static parse(json: string): NativeBridgeError {
    const { code, message, details } = JSON.parse(json);
    return new NativeBridgeError(code, message, details);
  }
}
