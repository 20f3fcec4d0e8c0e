import { bundleIn } from '../bundling/bundle-files.ts';
import { type ExpectedBundle, readExpectedBundle } from '../bundling/expected-bundle.ts';
import type { BundleFiles } from '../bundling/loaded-bundle.ts';
import { EarlyBundle } from '../sandbox/early-bundle.ts';

/**
 * Makes what can be made of a workflow bundle before the worker has named it, while the main thread does other things.
 *
 * @returns undefined if that fails. It fails again when the worker names the bundle, and is reported then.
 */
export function readEarlyBundle(source: BundleFiles | ExpectedBundle): EarlyBundle | undefined {
  try {
    const bundle = 'key' in source ? readExpectedBundle(source) : bundleIn(source);
    return bundle && new EarlyBundle(bundle);
  } catch {
    return undefined;
  }
}
