/** Code with its source map, which is JSON. */
export interface MappedCode {
  code: string;
  map: string;
}

/** The files of a bundle in an executable. The code lies there as it is, so that a thread that starts takes next to no time for it. */
export interface BundleFiles {
  library: string;
  workflows: string;
  /** The source maps. */
  maps: string;
  /** The hash of the bundle's code. */
  hash: string;
}

/** A bundle in the form that workflow threads load. It has two halves. */
export interface LoadedBundle {
  /**
   * The library bundle: `@temporalio/workflow` and the inside of the sandbox. Evaluated once per
   * thread.
   */
  library: MappedCode;
  /** The user bundle: workflows, interceptors and converters, as a function body that is called for each run. */
  workflows: MappedCode;
  /** The files that it is read from, if this program is an executable that came with it. */
  files?: BundleFiles;
}

/** A hash of the code of a bundle. */
export function codeHash({ library, workflows, files }: LoadedBundle): string {
  return files?.hash ?? new Bun.CryptoHasher('sha256').update(library.code).update(workflows.code).digest('hex');
}

/** Whether two bundles are the same, with their source maps. */
export function isSameBundle(one: LoadedBundle, other: LoadedBundle): boolean {
  if (one.files !== undefined && other.files !== undefined) return one.files.workflows === other.files.workflows;
  return (
    one.library.code === other.library.code &&
    one.library.map === other.library.map &&
    one.workflows.code === other.workflows.code &&
    one.workflows.map === other.workflows.map
  );
}
