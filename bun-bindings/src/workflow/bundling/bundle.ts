import { readFile } from 'node:fs/promises';
import type { Logger } from '@temporalio/common';
import { isCodeBundle, isPathBundle, type WorkflowBundleOption } from './bundle-option.ts';
import type { LoadedBundle } from './loaded-bundle.ts';

const HEADER = '// Workflow bundle of temporal-bun-sdk, format 2. Made by bundleWorkflowCode().\n';

/** Serializes a bundle to text, for a file or for `WorkerOptions.workflowBundle.code`. */
export function serializeBundle(bundle: LoadedBundle): string {
  return HEADER + JSON.stringify(bundle);
}

/** Parses the text of {@link serializeBundle}. Undefined if it is another. */
export function parseOwnBundle(text: string): LoadedBundle | undefined {
  return text.startsWith(HEADER) ? (JSON.parse(text.slice(HEADER.length)) as LoadedBundle) : undefined;
}

/**
 * Parses the text of {@link serializeBundle}, or of a bundle made by `bundleWorkflowCode()` of `@temporalio/worker`.
 *
 * @throws TypeError if the text is not a bundle.
 */
export async function parseBundle(
  text: string,
  { origin = 'workflowBundle.code', logger }: { origin?: string; logger?: Logger } = {},
): Promise<LoadedBundle> {
  const own = parseOwnBundle(text);
  if (own !== undefined) return own;
  // Loaded on demand: only bundles of @temporalio/worker need the bundler.
  const { adoptUpstreamBundle, isUpstreamBundle, versionWarning } = await import('./upstream-bundle.ts');
  if (isUpstreamBundle(text)) {
    const bundle = await adoptUpstreamBundle(text);
    const warning = versionWarning(text);
    if (bundle !== undefined && warning !== undefined) logger?.warn(warning, { origin });
    if (bundle !== undefined) return bundle;
  }
  const reason = text.startsWith(HEADER.slice(0, HEADER.indexOf(',')))
    ? 'it was made by another version of temporal-bun-sdk'
    : isUpstreamBundle(text)
      ? 'it was made by bundleWorkflowCode() of @temporalio/worker, but by an old version, or with a webpackConfigHook that ' +
        "takes the names of modules away, which `optimization: { moduleIds: 'named', concatenateModules: false }` keeps"
      : 'it was not made by bundleWorkflowCode()';
  throw new TypeError(
    `Cannot load the workflow bundle in ${origin}: ${reason}. ` +
      `Build it again with bundleWorkflowCode() of this version of temporal-bun-sdk, or set workflowsPath instead.`,
  );
}

/**
 * Loads a prebuilt bundle from `WorkerOptions.workflowBundle`: `{ code }` or `{ codePath }`.
 *
 * @param logger gets warnings about the bundle.
 * @throws TypeError if neither is set, or the text is not a bundle.
 */
export async function loadBundle(option: WorkflowBundleOption, logger?: Logger): Promise<LoadedBundle> {
  if (isCodeBundle(option)) return parseBundle(option.code, { logger });
  if (isPathBundle(option)) {
    return parseBundle(await readBundle(option.codePath), { origin: option.codePath, logger });
  }
  throw new TypeError('workflowBundle must have a `code` or a `codePath`');
}

async function readBundle(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(
      `workflowBundle.codePath: ${(cause as Error).message}. \`temporal-bun bundle\` or bundleWorkflowCode() makes the file`,
      { cause },
    );
  }
}
