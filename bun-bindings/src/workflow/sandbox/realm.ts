import { AsyncLocalStorage } from 'node:async_hooks';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { BundleScripts } from './bundle-scripts.ts';
import { watchGlobal } from './engine-memory/global-watch.ts';
import { takeShapes } from './engine-memory/object-shapes.ts';
import type { HostBridge } from './inside/bridge.ts';
import type { Inside, InstallOptions } from './inside/main.ts';
import type { Scope } from './scope.ts';
import type { StackMapper } from './source-map.ts';

export interface RealmOptions extends InstallOptions {
  /** Whether a patch that workflow code meets for the first time becomes active. @default all do */
  decidePatch?(workflowInfo: WorkflowInfo, patchId: string): boolean;
}

/** `Buffer` has what reads a part of a `Uint8Array` without an object for the part. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.utf8Slice.call(bytes as Buffer, start, end);
}

function print(level: 'log' | 'warn' | 'error' | 'info' | 'debug', prefix: string, values: unknown[]): void {
  let printed: unknown[];
  try {
    printed = structuredClone(values);
  } catch {
    printed = values.map((value) =>
      typeof value === 'object' || typeof value === 'function' ? '[not cloneable]' : value,
    );
  }
  console[level](prefix, ...printed);
}

/** Runs a function as if no `AsyncLocalStorage` had been entered, also when it is cut short by the execution timeout. */
const withoutAsyncContext = AsyncLocalStorage.snapshot();

/**
 * Globals with the library in it, for all workflow runs of a thread or for one.
 *
 * Objects of the two sides are kept apart: `inside` is called with text, numbers, bytes and its own objects only.
 */
export class Realm {
  readonly inside: Inside;
  readonly #scope: Scope;
  readonly #scripts: BundleScripts;

  /** @param library the library of the bundle, evaluated in `scope`. */
  constructor(scripts: BundleScripts, scope: Scope, options: RealmOptions, { host, install, modules }: Library) {
    const { decidePatch, ...installOptions } = options;
    this.#scope = scope;
    this.#scripts = scripts;
    host.decidePatch = decidePatch;
    this.inside = install(
      modules,
      JSON.stringify(installOptions),
      (scope.evaluate(scripts.workflows) as () => unknown)(),
    );
  }

  /** Calls into workflow code; see {@link Scope.enter}. */
  enter<T>(call: () => T): T {
    return withoutAsyncContext(() => {
      this.inside.prepare(call);
      this.#scripts.importError = this.#importError;
      return this.#scope.enter() as T;
    });
  }

  /** Whether `error` was born outside of the realm. */
  isForeign(error: unknown): error is Error {
    return error instanceof Error && !(error instanceof this.inside.Error);
  }

  readonly #importError = (): unknown =>
    this.inside.makeError('TypeError', 'A workflow can only import what was bundled with it');
}

/** The library of a bundle, evaluated for one realm that is still to be installed. */
export interface Library {
  /** The bridge that the library was given. */
  host: HostBridge;
  install(...args: unknown[]): Inside;
  modules: unknown;
}

/** Evaluates the library of a bundle in globals that nothing else is in. It needs no options of the realm. */
export function evaluateLibrary(
  { library }: BundleScripts,
  scope: Pick<Scope, 'evaluate'>,
  stacks: StackMapper,
): Library {
  const host: HostBridge = {
    URL,
    URLSearchParams,
    TextEncoder,
    TextDecoder,
    textOf,
    AsyncLocalStorage,
    isHostError: (error): error is Error => error instanceof Error,
    print,
    mapStack: (stack) => stacks.map(stack),
    placeOf: (stack) => JSON.stringify(stacks.placeOf(stack)),
    takeShapes,
    watchGlobal,
    sources: () => JSON.stringify(stacks.sources()),
  };
  const load = scope.evaluate(library) as (host: HostBridge) => Omit<Library, 'host'>;
  return { host, ...load(host) };
}
