/** Options of activities that run in threads of their own. Paths are absolute or relative to the working directory. */
export interface ActivityThreadsOptions {
  /** The path of the module that exports the activities. It is evaluated once in each thread. */
  activitiesPath: string;

  /** Number of threads. @default 1 */
  size?: number;

  /**
   * Paths of modules that export `interceptors`, an `ActivityInterceptorsFactory`. Functions of `WorkerOptions.interceptors` cannot
   * be handed to threads.
   */
  interceptorModules?: string[];

  /**
   * The path of a module that exports `dataConverter`, in place of `WorkerOptions.dataConverter`. Required if that has payload codecs
   * or external storage.
   */
  dataConverterPath?: string;
}
