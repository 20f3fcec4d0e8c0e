import { isBundled } from '../../is-bundled.ts';
import bundledEntry from './bundled-entry.ts';

/**
 * The module that an activity thread runs.
 *
 * @throws TypeError in a program that was bundled without it.
 */
export function threadEntry(): URL {
  if (!isBundled) return new URL('./main.ts', import.meta.url);
  if (bundledEntry !== undefined) return new URL(bundledEntry, import.meta.url);
  throw new TypeError(
    'WorkerOptions.activityThreads cannot be used in a bundled program, unless "temporal-bun compile" has made it',
  );
}
