import { isAbsolute } from 'node:path';
import type { LoadedBundle } from '../../workflow/bundling/loaded-bundle.ts';

/**
 * Has `bun --watch` and `bun --hot` start the program anew when a source of its workflows changes. Bun watches what the program
 * imports, and workflows are bundled instead. So their sources are imported as text, under names of their own, as they may be
 * code elsewhere.
 */
export async function watchSources(bundle: LoadedBundle, execArgv: readonly string[]): Promise<void> {
  if (!execArgv.includes('--watch') && !execArgv.includes('--hot')) return;
  await Promise.allSettled(ownSources(bundle).map((file) => import(`${file}?watched`, { with: { type: 'text' } })));
}

/** The sources of a bundle that are the user's own. */
export function ownSources({ workflows }: LoadedBundle): string[] {
  const { sources } = JSON.parse(workflows.map) as { sources: string[] };
  return sources.filter((file) => isAbsolute(file) && !/[\\/]node_modules[\\/]/.test(file));
}
