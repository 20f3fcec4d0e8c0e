import { join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };

/** The folder of the project that `init` writes. */
export const TEMPLATE: string = join(import.meta.dir, '../../../templates/worker');

/** Puts the versions of this package, of those that it goes with, and of Bun in the place of their names in a template. */
export function withVersions(text: string): string {
  // This package has the version of the packages that it goes with.
  return text
    .replaceAll('SDK_VERSION', packageJson.version)
    .replaceAll('TEMPORAL_VERSION', packageJson.version)
    .replaceAll('BUN_VERSION', Bun.version);
}
