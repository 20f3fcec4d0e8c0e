/** The modules inside of an isolate that are made when it is bundled. */

/** The built-in modules that workflows may import, each a function to be called for a run. */
declare module 'temporal:builtin-modules' {
  type Evaluate = (module: { exports: unknown }, exports: unknown, require: (name: string) => unknown) => void;
  export const builtinModules: Record<string, Evaluate>;
}

/** The parts of the run that built-in modules use. */
declare module 'temporal:run' {
  export const crypto: object;
  export const performance: object;
  export const process: object;
  export function randomUUID(): string;
  export function getRandomValues<T extends ArrayBufferView>(view: T): T;
}
