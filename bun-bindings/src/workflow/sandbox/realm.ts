import { AsyncLocalStorage } from 'node:async_hooks';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { BundleScripts } from './bundle-scripts.ts';
import { watchGlobal } from './engine-memory/global-watch.ts';
import { takeShapes } from './engine-memory/object-shapes.ts';
import type { HostBridge } from './inside/bridge.ts';
import type { Inside, RealmKind, RunSettings } from './inside/main.ts';
import type { Scope } from './scope.ts';
import type { StackMapper } from './source-map.ts';

export interface RealmOptions extends RunSettings {
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
  readonly #settingsJson: string;

  /** @param begun what was made for it in `scope`. */
  constructor(scripts: BundleScripts, scope: Scope, options: RealmOptions, { host, inside }: BegunRealm) {
    const { decidePatch, ...settings } = options;
    this.#scope = scope;
    this.#scripts = scripts;
    host.decidePatch = decidePatch;
    this.inside = inside;
    this.#settingsJson = JSON.stringify(settings);
  }

  /** Does what the first run needs. Once, and before anything runs in the realm. May run code of preloaded modules. */
  finish(): void {
    this.inside.finish(this.#settingsJson);
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

/** A realm that still lacks its settings. */
export interface BegunRealm {
  /** The bridge that the library was given. */
  host: HostBridge;
  inside: Inside;
}

/** Evaluates the library of a bundle in globals that nothing else is in, and makes a realm of them. */
export function beginRealm(
  { library, workflows }: BundleScripts,
  scope: Pick<Scope, 'evaluate'>,
  stacks: StackMapper,
  kind: RealmKind,
): BegunRealm {
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
  const load = scope.evaluate(library) as (host: HostBridge) => {
    install(modules: unknown, kindJson: string, table: unknown): Inside;
    modules: unknown;
  };
  const { install, modules } = load(host);
  const table = (scope.evaluate(workflows) as () => unknown)();
  return { host, inside: install(modules, JSON.stringify(kind), table) };
}
