import { isBundled } from '../../is-bundled.ts';

/**
 * The module that a workflow thread runs: the one beside this, or in a bundle of the user's program a bundle of it, which comes
 * along as a file.
 */
export function threadEntry(): URL {
  if (!isBundled) return new URL('./main.ts', import.meta.url);
  const { default: file } = require('./bundled-entry.ts') as typeof import('./bundled-entry.ts');
  return new URL(file, import.meta.url);
}
