import { bundleIn } from '../bundling/bundle-files.ts';
import type { BundleFiles } from '../bundling/loaded-bundle.ts';
import { EarlyBundle } from '../sandbox/early-bundle.ts';

/**
 * Makes what can be made of a workflow bundle before the worker has named it, while the main thread does other things.
 *
 * @returns undefined if that fails. It fails again when the worker names the bundle, and is reported then.
 */
export function readEarlyBundle(files: BundleFiles): EarlyBundle | undefined {
  try {
    return new EarlyBundle(bundleIn(files));
  } catch {
    return undefined;
  }
}
