import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageCandidates, packageName } from './bundle-dependencies.ts';

/** Collects warnings about packages of which a project has another copy than the library bundle. */
export class LibraryCopies {
  readonly #warnings = new Map<string, string>();
  readonly #looked = new Set<string>();

  /** @param own tells whether the library has a module with this specifier. */
  found(specifier: string, own: string, importer: string): void {
    const name = packageName(specifier);
    // It makes no difference which copy of `long` code gets.
    if (name === undefined || name === 'long') return;
    const from = dirname(importer);
    const place = `${name} ${from}`;
    if (this.#looked.has(place)) return;
    this.#looked.add(place);
    const copy = [...packageCandidates(from, name)].at(-1);
    if (copy === undefined || !existsSync(copy)) return;
    const [theirs, ours] = [versionOf(copy), versionOf(packageRoot(own, name))];
    if (theirs === ours || theirs === undefined) return;
    this.#warnings.set(
      copy,
      `Workflow code is installed with ${name} ${theirs} (${copy}), but gets ${ours}, the version that ` +
        `temporal-bun-sdk comes with. Install ${name} ${ours} to be sure that it suits`,
    );
  }

  list(): string[] {
    return [...this.#warnings.values()];
  }
}

function versionOf(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string }).version;
  } catch {
    return undefined;
  }
}

function packageRoot(file: string, name: string): string {
  const end = join('node_modules', name);
  return file.slice(0, file.lastIndexOf(end) + end.length);
}
