import type { DataConverter } from '@temporalio/common';
import commonPackage from '@temporalio/common/package.json' with { type: 'json' };

/**
 * Checks that the project's version of `@temporalio/common` has what the data converter needs.
 *
 * Throws a TypeError that names the option, the version and the remedy.
 */
export function checkLibrarySupport({ externalStorage }: DataConverter): void {
  if (externalStorage === undefined) return;
  // Loaded on demand: it loads all messages of the server's API.
  const { visit } = require('@temporalio/common/lib/internal-non-workflow') as Partial<
    typeof import('@temporalio/common/lib/internal-non-workflow')
  >;
  if (visit !== undefined) return;
  throw new TypeError(
    `WorkerOptions.dataConverter.externalStorage needs version 1.21 or later of the @temporalio packages, and ` +
      `@temporalio/common is ${commonPackage.version}: update all of them, or leave the option out`,
  );
}
