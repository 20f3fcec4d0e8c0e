/** A bundle in a file. */
export interface WorkflowBundlePath {
  /** The path of the file. */
  codePath: string;
}

/** @deprecated A bundle contains its source map. Use {@link WorkflowBundlePath}. */
export interface WorkflowBundlePathWithSourceMap {
  codePath: string;
  sourceMapPath: string;
}

/** A bundle in memory, as `bundleWorkflowCode` returns it. */
export interface WorkflowBundle {
  code: string;
}

/** A prebuilt bundle of workflow code. */
export type WorkflowBundleOption =
  | WorkflowBundle
  | (WorkflowBundle & { sourceMap: string })
  | WorkflowBundlePath
  | WorkflowBundlePathWithSourceMap;

export function isCodeBundle(option: WorkflowBundleOption): option is WorkflowBundle {
  return 'code' in option && typeof option.code === 'string';
}

export function isPathBundle(option: WorkflowBundleOption): option is WorkflowBundlePath {
  return 'codePath' in option && typeof option.codePath === 'string';
}
