import assert from 'node:assert';
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, constants, createContext, Script } from 'node:vm';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { WorkflowBundle } from '../bundle.ts';
import { libraryFilename, type StackMapper, workflowsFilename } from '../source-map.ts';
import type { HostBridge } from './inside/bridge.ts';
import type { Inside, InstallOptions } from './inside/main.ts';

export interface RealmOptions extends InstallOptions {
  /** Longest time that workflow code may run without a pause, in ms. */
  isolateExecutionTimeoutMs: number;
  /** Whether a patch that workflow code meets for the first time becomes active. @default all do */
  decidePatch?(workflowInfo: WorkflowInfo, patchId: string): boolean;
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

/** A bundle's code, compiled once for all realms of a thread. */
export class BundleScripts {
  readonly library: Script;
  readonly workflows: Script;
  readonly enter: Script;
  /** The realm whose code runs. */
  current: Realm | undefined;

  constructor(bundle: WorkflowBundle) {
    this.library = this.compile(
      `(function (__temporal_host) {\n'use strict';const module = { exports: {} }, exports = module.exports;\n${bundle.library.code}\nreturn exports;\n})`,
      libraryFilename,
    );
    this.workflows = this.compile(
      `(function (globalThis, global, Promise, require, module, exports, __temporal_namespace) {\n'use strict';\n${bundle.workflows.code}\n})`,
      workflowsFilename,
    );
    this.enter = this.compile('__temporal_enter()', 'temporal-enter.js');
  }

  private compile(code: string, filename: string): Script {
    return new Script(code, {
      filename,
      // Without this, `import()` would be answered with an error of the thread's realm.
      importModuleDynamically: () => {
        throw this.current?.inside.makeError('TypeError', 'A workflow can only import what was bundled with it');
      },
    });
  }
}

/**
 * A `vm` context with the library in it, for all workflow runs of a thread or for one.
 *
 * Objects of the two realms are kept apart: `inside` is called with text, numbers, bytes and its own objects only.
 */
export class Realm {
  readonly inside: Inside;
  private readonly context: Context;
  private readonly scripts: BundleScripts;
  private readonly timeout: number;

  constructor(scripts: BundleScripts, options: RealmOptions, stacks: StackMapper) {
    const { isolateExecutionTimeoutMs, decidePatch, ...installOptions } = options;
    this.scripts = scripts;
    this.timeout = isolateExecutionTimeoutMs;
    this.context = createContext(constants.DONT_CONTEXTIFY, { name: 'workflows', microtaskMode: 'afterEvaluate' });
    const host: HostBridge = {
      URL,
      URLSearchParams,
      TextEncoder,
      TextDecoder,
      AsyncLocalStorage,
      assert,
      print,
      mapStack: (stack) => stacks.map(stack),
      framesOf: (stack) => JSON.stringify(stacks.frames(stack)),
      decidePatch,
      sources: () => JSON.stringify(stacks.sources()),
    };
    const loadLibrary: (host: HostBridge) => { install(...args: unknown[]): Inside; modules: unknown } =
      scripts.library.runInContext(this.context);
    const { install, modules } = loadLibrary(host);
    this.inside = install(modules, JSON.stringify(installOptions), scripts.workflows.runInContext(this.context));
  }

  /**
   * Calls into workflow code. When this returns, the microtasks that the call has led to have run.
   *
   * @throws an error with the code `ERR_SCRIPT_EXECUTION_TIMEOUT` if it takes too long. The microtasks that were left are
   *   dropped, so nothing of what was cut short goes on later.
   */
  enter<T>(call: () => T): T {
    return withoutAsyncContext(() => {
      this.inside.prepare(call);
      this.scripts.current = this;
      return this.scripts.enter.runInContext(this.context, { timeout: this.timeout, displayErrors: false }) as T;
    });
  }
}
