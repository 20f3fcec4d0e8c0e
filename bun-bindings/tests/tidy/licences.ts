import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Crate, folderOf, linkedCrates } from '../../packaging/linked-crates.ts';
import { ROOT } from './repository.ts';

/** Licences of what comes with this package: all of them ask for no more than to keep their text. */
const ALLOWED = new Set([
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BSL-1.0', 'CC0-1.0', 'CDLA-Permissive-2.0', 'ISC', 'MIT'],
  ...['Unicode-3.0', 'Unlicense', 'Zlib', 'bzip2-1.0.6'],
]);

/** Packages that may come with this one all the same, with the date of the decision and its reason. */
const EXCEPTIONS: Record<string, string> = {
  'option-ext 0.2.0': '2026-11-28: MPL-2.0 covers its own files only, and they are linked unchanged',
};

export interface Licensed {
  readonly name: string;
  readonly licence: string | undefined;
}

/** Packages whose licence is not in the list. */
export function refusedLicences(packages: readonly Licensed[]): string[] {
  return packages
    .filter(({ name, licence }) => !(name in EXCEPTIONS) && (licence === undefined || !isAllowed(licence)))
    .map(({ name, licence }) => `${name}: ${licence ?? 'no licence'}`);
}

/** Whether an SPDX expression can be met with allowed licences only. */
function isAllowed(expression: string): boolean {
  const flat = expression.replace(/\(([^()]*)\)/g, (_, inner) => (isAllowed(inner) ? 'MIT' : 'refused'));
  if (flat !== expression) return isAllowed(flat);
  // Old manifests write a slash for OR.
  return expression
    .split(/ OR | ?\/ ?/)
    .some((choice) =>
      choice.split(' AND ').every((licence) => ALLOWED.has(licence.trim().replace(/ WITH LLVM-exception$/, ''))),
    );
}

/** What is installed with the package: its dependencies and peer dependencies, and theirs. */
export function npmPackages(): Licensed[] {
  const found = new Map<string, Licensed>();
  const visit = (manifestPath: string): void => {
    const { dependencies, peerDependencies } = readManifest(manifestPath);
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      const path = findManifest(dirname(manifestPath), name);
      if (path === undefined || found.has(path)) continue;
      const { version, license } = readManifest(path);
      found.set(path, { name: `${name}@${version}`, licence: license });
      visit(path);
    }
  };
  visit(join(ROOT, 'bun-bindings/package.json'));
  return [...found.values()];
}

interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The manifest that an import from `folder` finds. Optional peers may not be installed. */
function findManifest(folder: string, name: string): string | undefined {
  for (let at = folder; at.startsWith(ROOT); at = dirname(at)) {
    const path = join(at, 'node_modules', name, 'package.json');
    if (existsSync(path)) return path;
  }
  return undefined;
}

/** The crates that are linked into the native library on this platform. */
export function crates(): Licensed[] {
  const host = /^host: (.*)$/m.exec(run('rustc', '-vV'))?.[1] ?? '';
  return linkedCrates(ROOT, host).map((crate) => ({
    name: `${crate.name} ${crate.version}`,
    licence: crate.license ?? licenceInFile(crate),
  }));
}

/** The licence of a crate that names a file in the place of an expression: known are those that begin with MIT's title. */
function licenceInFile(crate: Crate): string | undefined {
  if (crate.license_file === null) return undefined;
  const text = readFileSync(join(folderOf(crate), crate.license_file), 'utf8');
  return /^\s*(The )?MIT License\b/i.test(text) ? 'MIT' : undefined;
}

function run(...command: string[]): string {
  const { success, stdout, stderr } = Bun.spawnSync(command, { cwd: ROOT });
  if (!success) throw new Error(`${command.join(' ')} failed: ${stderr}`);
  return stdout.toString();
}
