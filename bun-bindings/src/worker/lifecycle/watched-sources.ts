import { isAbsolute } from 'node:path';
import type { LoadedBundle } from '../../workflow/bundling/loaded-bundle.ts';

/**
 * Has `bun --watch` start the program anew when a source of its workflows changes. Bun watches what the program imports, and
 * workflows are bundled instead. So their sources are imported as text, under names of their own, as they may be code elsewhere.
 */
export async function watchSources({ workflows }: LoadedBundle, execArgv: readonly string[]): Promise<void> {
  if (!execArgv.includes('--watch')) return;
  const { sources } = JSON.parse(workflows.map) as { sources: string[] };
  const own = sources.filter((file) => isAbsolute(file) && !/[\\/]node_modules[\\/]/.test(file));
  await Promise.allSettled(own.map((file) => import(`${file}?watched`, { with: { type: 'text' } })));
}
