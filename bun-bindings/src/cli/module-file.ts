import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { usageError } from './command-error.ts';

/**
 * Resolves the value of a flag that names a module: a path with or without its extension, or a `file:` URL.
 *
 * Throws a usage error if there is none.
 */
export function moduleFile(flag: string, path: string): string {
  const absolute = path.startsWith('file:') ? fileURLToPath(path) : resolve(path);
  try {
    return Bun.resolveSync(absolute, process.cwd());
  } catch {
    throw usageError(`${flag}: there is no module ${absolute}`);
  }
}
