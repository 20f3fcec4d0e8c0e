/** Code with its source map, which is JSON. */
export interface MappedCode {
  code: string;
  map: string;
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
}
