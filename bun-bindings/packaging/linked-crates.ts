/** Finds the crates that are linked into the native library. */
import { dirname } from 'node:path';

/** A crate, as `cargo metadata` tells of it. */
export interface Crate {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** The SPDX expression that its manifest states. */
  readonly license: string | null;
  readonly license_file: string | null;
  readonly manifest_path: string;
}

interface Metadata {
  readonly packages: Crate[];
  readonly workspace_members: string[];
  readonly resolve: {
    root: string;
    nodes: { id: string; deps: { pkg: string; dep_kinds: { kind: string | null }[] }[] }[];
  };
}

/**
 * The crates that the library consists of on a platform, without those of the project itself.
 *
 * @param root the folder of the bridge's `Cargo.toml`.
 * @param target a target of Rust's, such as `x86_64-unknown-linux-gnu`.
 */
export function linkedCrates(root: string, target: string): Crate[] {
  const command = ['cargo', 'metadata', '--locked', '--format-version', '1', '--filter-platform', target];
  const { success, stdout, stderr } = Bun.spawnSync(command, { cwd: root });
  if (!success) throw new Error(`${command.join(' ')} failed: ${stderr.toString()}`);
  const { packages, workspace_members, resolve }: Metadata = JSON.parse(stdout.toString());
  const dependencies = new Map(resolve.nodes.map(({ id, deps }) => [id, deps]));
  const linked = new Set([resolve.root]);
  for (const id of linked) {
    for (const { pkg, dep_kinds } of dependencies.get(id) ?? []) {
      if (dep_kinds.some(({ kind }) => kind === null)) linked.add(pkg);
    }
  }
  return packages.filter(({ id }) => linked.has(id) && !workspace_members.includes(id));
}

/** The folder of a crate's sources. */
export function folderOf({ manifest_path }: Crate): string {
  return dirname(manifest_path);
}
