import { join } from 'node:path';

/** The folder of this package's modules. In a checkout they are in no `node_modules`. */
export const OWN_MODULES = join(import.meta.dir, '../..');

/** The end of names of this package's modules: sources in a checkout, compiled ones in a published package. */
const EXTENSION = import.meta.path.slice(import.meta.path.lastIndexOf('.'));

/**
 * Returns the file of a module of this package.
 *
 * @param name its path in {@link OWN_MODULES}, without the extension.
 */
export function ownModule(name: string): string {
  return join(OWN_MODULES, `${name}${EXTENSION}`);
}
