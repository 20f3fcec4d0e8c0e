import packageJson from '../../../package.json' with { type: 'json' };
import { codeHash, type LoadedBundle } from '../../workflow/bundling/loaded-bundle.ts';
import type { CompiledWorkerOptions } from '../options/compiled-options.ts';

/** Returns the configured build id, or one that depends on the version of this package and on the workflow code. */
export function buildIdOf(options: CompiledWorkerOptions, bundle: LoadedBundle | undefined): string {
  if (options.buildId !== undefined) return options.buildId;
  const name = `${packageJson.name}@${packageJson.version}`;
  if (bundle === undefined) return name;
  return `${name}+${codeHash(bundle)}`;
}
