import { NativeBridgeError } from './error.ts';

/**
 * Turns the native part's refusal of a configuration into a TypeError that names the option, as `@temporalio/worker` does.
 *
 * @param names the options, by the fields of the native configuration.
 * @returns `error` itself if it is another one.
 */
export function namingOption(error: unknown, names: Readonly<Record<string, string>>): unknown {
  if (!(error instanceof NativeBridgeError) || error.code !== 'invalid_config') return error;
  const field = String(error.details.field);
  const name = names[field];
  if (name === undefined) return error;
  return new TypeError(`${name}: ${error.message.replace(`${field}: `, '')}`, { cause: error });
}
