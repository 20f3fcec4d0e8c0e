import { readFile } from 'node:fs/promises';
import { isCodeBundle, isPathBundle, type WorkflowBundleOption } from '../../worker/workflow-bundle-option.ts';

/** Code and its source map (JSON text), as `Bun.build` made them. */
export interface BundlePart {
  code: string;
  map: string;
}

/** What a workflow thread needs to run workflows. */
export interface WorkflowBundle {
  /** Evaluated once in each workflow thread: `@temporalio/workflow`, preloaded modules, and our code for the inside of an isolate. */
  library: BundlePart;
  /** The user's workflows, interceptors and converters: a function body that is called for each workflow run. */
  workflows: BundlePart;
}

const HEADER = '// Workflow bundle of temporal-bun-sdk, format 1. Made by bundleWorkflowCode().\n';

/** Makes one text of a bundle, to be written to a file or handed to `WorkerOptions.workflowBundle.code`. */
export function serializeBundle(bundle: WorkflowBundle): string {
  return HEADER + JSON.stringify(bundle);
}

/**
 * Reads what {@link serializeBundle} wrote.
 *
 * @throws TypeError if the text is something else, a bundle of `@temporalio/worker` for example.
 */
export function parseBundle(text: string, origin = 'workflowBundle.code'): WorkflowBundle {
  if (text.startsWith(HEADER)) return JSON.parse(text.slice(HEADER.length)) as WorkflowBundle;
  const reason = text.startsWith(HEADER.slice(0, HEADER.indexOf(',')))
    ? 'it was made by another version of temporal-bun-sdk'
    : text.includes('__webpack_module_cache__') || text.includes('__TEMPORAL__')
      ? 'it was made by bundleWorkflowCode() of @temporalio/worker'
      : 'it was not made by bundleWorkflowCode()';
  throw new TypeError(
    `Cannot load the workflow bundle in ${origin}: ${reason}. ` +
      `Build it again with bundleWorkflowCode() of this version of temporal-bun-sdk, or set workflowsPath instead.`,
  );
}

/**
 * Loads a prebuilt bundle from `WorkerOptions.workflowBundle`: `{ code }` or `{ codePath }`.
 *
 * @throws TypeError if neither is set, or the text is not a bundle of this package.
 */
export async function loadBundle(option: WorkflowBundleOption): Promise<WorkflowBundle> {
  if (isCodeBundle(option)) return parseBundle(option.code);
  if (isPathBundle(option)) return parseBundle(await readFile(option.codePath, 'utf8'), option.codePath);
  throw new TypeError('workflowBundle must have a `code` or a `codePath`');
}
