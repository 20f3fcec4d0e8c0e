/** Code and its source map (JSON text), as `Bun.build` made them. */
export interface MappedCode {
  code: string;
  map: string;
}

/** What a workflow thread needs to run workflows. */
export interface LoadedBundle {
  /** Evaluated once in each workflow thread: `@temporalio/workflow`, preloaded modules, and our code for the inside of an isolate. */
  library: MappedCode;
  /** The user's workflows, interceptors and converters: a function body that is called for each workflow run. */
  workflows: MappedCode;
}
