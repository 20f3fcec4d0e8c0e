import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { TemporalConfigError } from '../config/temporal-config-error.ts';
import type { NativeConnection } from '../connection/index.ts';
import { native } from '../native/library.ts';
import type { WorkerRuntime } from './worker.ts';

const VARIABLE = 'TEMPORAL_BUN_SDK_USE_NATIVE';
const OLD_VARIABLE = 'TEMPORAL_BUN_SDK_USE_ZIG';

/**
 * The worker that `createWorker` creates: this package's (`native`), or one of the project's own `@temporalio/worker`.
 */
export type WorkerChoice = 'native' | 'upstream';

/** The part of a worker package that `createWorker` and the command line use. */
export interface WorkerLibrary {
  readonly Worker: Pick<typeof WorkerRuntime, 'create'>;
  readonly NativeConnection: Pick<typeof NativeConnection, 'connect'>;
}

/**
 * Reads the choice from TEMPORAL_BUN_SDK_USE_NATIVE, or from the older name of that variable.
 *
 * Unset or `1` selects this package, `0` the project's own worker. Throws a TemporalConfigError for any other value,
 * and if the two names contradict each other. Throws a NativeBridgeError if the native library is needed but does not
 * load.
 */
export function chooseWorker(env: Record<string, string | undefined> = process.env): WorkerChoice {
  const { [VARIABLE]: value, [OLD_VARIABLE]: oldValue } = env;
  if (value !== undefined && oldValue !== undefined && value !== oldValue) {
    throw new TemporalConfigError(
      VARIABLE,
      `${value} contradicts its older name ${OLD_VARIABLE}, which is ${oldValue}`,
    );
  }
  switch (value ?? oldValue) {
    case '0':
      return 'upstream';
    case undefined:
    case '1':
      native();
      return 'native';
    default:
      throw new TemporalConfigError(value !== undefined ? VARIABLE : OLD_VARIABLE, 'must be 1, 0 or not set');
  }
}

/**
 * Imports the `@temporalio/worker` that the project in `folder` has installed. Throws an error that says how to install
 * it.
 */
export async function importUpstreamWorker(folder = process.cwd()): Promise<WorkerLibrary> {
  const require = createRequire(join(folder, 'package.json'));
  let name: string | undefined;
  try {
    name = require('@temporalio/worker/package.json').name;
  } catch {
    // Not installed.
  }
  // The project may have installed this package under that name.
  if (name === undefined || name === packageJson.name) {
    throw new Error(
      `${VARIABLE}=0 asks for the project's own @temporalio/worker, which is not installed in ${folder}: ` +
        `install it, or unset the variable to use the native bridge`,
    );
  }
  return import(pathToFileURL(require.resolve('@temporalio/worker')).href);
}
