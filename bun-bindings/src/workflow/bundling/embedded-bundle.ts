import { serializeBundle } from './bundle.ts';
import { bundleIn } from './bundle-files.ts';
import type { WorkflowBundle, WorkflowBundleOption } from './bundle-option.ts';
import type { BundleFiles, LoadedBundle } from './loaded-bundle.ts';

/** The bundles that executables have, by the options that name them. */
const embedded = new WeakMap<WorkflowBundleOption, LoadedBundle>();

/**
 * Makes a `WorkerOptions.workflowBundle` of files in an executable. Workflow threads read these themselves.
 *
 * @public code that `temporal-bun compile` writes calls it
 */
export function embeddedBundle(files: BundleFiles): WorkflowBundle {
  const bundle = bundleIn(files);
  const option: WorkflowBundle = {
    // Nobody asks for it but plugins.
    get code() {
      return serializeBundle({ library: bundle.library, workflows: bundle.workflows });
    },
  };
  embedded.set(option, bundle);
  return option;
}

/** The bundle of an option that {@link embeddedBundle} has made. Undefined for others. */
export function embeddedIn(option: WorkflowBundleOption): LoadedBundle | undefined {
  return embedded.get(option);
}
