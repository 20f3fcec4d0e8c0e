import { DeterminismViolationError } from '@temporalio/workflow';

/** Makes a function of the language fail when it is called, and say why. */
function refuse(holder: object, name: string, path: string, reason: string): void {
  const refused = {
    [name](): never {
      throw new DeterminismViolationError(`${path} cannot be used in Workflows because ${reason}`);
    },
  };
  Object.defineProperty(holder, name, { value: refused[name], writable: true, configurable: true });
}

/**
 * Leaves `SharedArrayBuffer`, `Atomics` and `WebAssembly` to code that looks at them, and to what they do within a run. Refused
 * is what waits for other threads, or ends when a thread of the engine does.
 */
export function refuseOtherThreads(): void {
  for (const name of ['wait', 'waitAsync']) {
    if (name in Atomics) refuse(Atomics, name, `Atomics.${name}`, 'it waits for other threads');
  }
  const assembly = (globalThis as unknown as { WebAssembly: Record<string, { prototype: object }> }).WebAssembly;
  for (const name of ['compile', 'compileStreaming', 'instantiate', 'instantiateStreaming']) {
    if (!(name in assembly)) continue;
    const reason = 'it ends when another thread does: make a WebAssembly.Module and a WebAssembly.Instance';
    refuse(assembly, name, `WebAssembly.${name}`, reason);
  }
  for (const name of ['promising', 'Suspending']) Reflect.deleteProperty(assembly, name);
}

/** The objects of these that no code adds to or derives from, so that they need not be watched. */
export function constantsOfOtherThreads(): object[] {
  const assembly = (globalThis as unknown as { WebAssembly: Record<string, unknown> }).WebAssembly;
  const classes = Object.getOwnPropertyNames(assembly)
    .filter((name) => !name.endsWith('Error'))
    .map((name) => assembly[name] as { prototype?: object } | undefined);
  return [Atomics, assembly, ...classes, ...classes.map((each) => each?.prototype)].filter(
    (each): each is object => each !== undefined && each !== null,
  );
}
