import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The files that a rule looks at: those of this repository, or a few that a test makes up. Paths start at the root. */
export interface Repository {
  readonly paths: readonly string[];
  text(path: string): string;
  isExecutable(path: string): boolean;
  size(path: string): number;
}

export const ROOT = resolve(import.meta.dir, '../../..');

/** This repository: what is tracked, and what is new and not ignored. */
export function thisRepository(): Repository {
  const { stdout } = Bun.spawnSync(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  // A file that was deleted and not committed is still in git's list.
  const paths = stdout
    .toString()
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(ROOT, path)));
  return {
    paths,
    text: (path) => readFileSync(join(ROOT, path), 'utf8'),
    isExecutable: (path) => (lstatSync(join(ROOT, path)).mode & 0o111) !== 0,
    size: (path) => lstatSync(join(ROOT, path)).size,
  };
}

/** A repository of files that exist in memory only, none of them executable unless it is named in `executable`. */
export function madeUp(files: Record<string, string>, executable: string[] = []): Repository {
  return {
    paths: Object.keys(files),
    text: (path) => files[path] ?? '',
    isExecutable: (path) => executable.includes(path),
    size: (path) => Buffer.byteLength(files[path] ?? ''),
  };
}

/** Whether the repository has a file or a folder at `path`. */
export function exists(repository: Repository, path: string): boolean {
  const folder = path.endsWith('/') ? path : `${path}/`;
  return path === '' || repository.paths.some((one) => one === path || one.startsWith(folder));
}

/** The lines of the files that `includes` accepts, numbered from 1. */
export function* lines(
  repository: Repository,
  includes: (path: string) => boolean,
): Generator<{ path: string; line: number; text: string }> {
  for (const path of repository.paths.filter(includes)) {
    for (const [index, text] of repository.text(path).split('\n').entries()) yield { path, line: index + 1, text };
  }
}
