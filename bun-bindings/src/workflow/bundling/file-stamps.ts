import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';

/** Modification time, size and content hash of a file. Null for a file that does not exist. */
type FileStamp = [modified: number, changed: number, size: number, hash: string] | null;

/** The state of the files and folders on which a build depends. */
export interface Stamps {
  files: Record<string, FileStamp>;
  /** A hash of the module names in each folder. An import may resolve to a module that is added later. */
  folders: Record<string, string | null>;
  /** Targets of symbolic links, such as those of workspaces in `node_modules`. */
  links: Record<string, string | null>;
}

export interface StampedPaths {
  files: Iterable<string>;
  folders: Iterable<string>;
  links: Iterable<string>;
}

/** File timestamps may lag behind the system clock by this many ms. */
const CLOCK_LAG_MS = 10;

/**
 * Takes the stamps of files that a build has read since `started` (ms since the epoch).
 *
 * @returns undefined if a file has changed since then, because the build may have read either version.
 */
export function takeStamps({ files, folders, links }: StampedPaths, started: number): Stamps | undefined {
  const stamps: Stamps = { files: {}, folders: {}, links: {} };
  for (const path of files) {
    const stamp = stampOf(path);
    if (stamp !== null && stamp[1] >= started - CLOCK_LAG_MS) return undefined;
    stamps.files[path] = stamp;
  }
  for (const path of folders) stamps.folders[path] = folderHash(path);
  for (const path of links) stamps.links[path] = linkTarget(path);
  return stamps;
}

/** Whether nothing has changed. A file that was rewritten or copied with the same content has not. */
export function areFresh({ files, folders, links }: Stamps): boolean {
  return (
    Object.entries(files).every(([path, stamp]) => isFresh(path, stamp)) &&
    Object.entries(folders).every(([path, hash]) => folderHash(path) === hash) &&
    Object.entries(links).every(([path, target]) => linkTarget(path) === target)
  );
}

function isFresh(path: string, stamp: FileStamp): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  if (now === undefined || stamp === null) return now === undefined && stamp === null;
  const [modified, changed, size, hash] = stamp;
  if (now.size !== size) return false;
  return (now.mtimeMs === modified && now.ctimeMs === changed) || hashOf(readFileSync(path)) === hash;
}

function stampOf(path: string): FileStamp {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : [stat.mtimeMs, stat.ctimeMs, stat.size, hashOf(readFileSync(path))];
}

function folderHash(path: string): string | null {
  try {
    const modules = readdirSync(path).filter((name) => /^[^.]+$|\.([cm]?[jt]sx?|json)$/.test(name));
    return hashOf(modules.sort().join('\n'));
  } catch {
    return null;
  }
}

function linkTarget(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

export function hashOf(content: string | Uint8Array): string {
  return new Bun.CryptoHasher('sha256').update(content).digest('hex').slice(0, 24);
}
