/** A setting is wrong. `source` is the variable, the path in the TOML file, or the file. */
export class TemporalConfigError extends Error {
  override readonly name = 'TemporalConfigError';

  constructor(
    readonly source: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${source}: ${message}`, options);
  }
}
