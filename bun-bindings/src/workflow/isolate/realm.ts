import assert from 'node:assert';
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, constants, createContext, Script } from 'node:vm';
import type { WorkflowBundle } from '../bundle.ts';
import { libraryFilename, type StackMapper, workflowsFilename } from '../source-map.ts';
import type { HostBridge } from './inside/bridge.ts';
import type { Inside, InstallOptions } from './inside/main.ts';

export interface RealmOptions extends InstallOptions {
  /** Longest time that workflow code may run without a pause, in ms. */
  isolateExecutionTimeoutMs: number;
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
 * A `vm` context with the library in it, that all workflow runs of a thread share.
 *
 * Objects of the two realms are kept apart: `inside` is called with text, numbers, bytes and its own objects only.
 */
export class Realm {
  readonly inside: Inside;
  private readonly context: Context;
  private readonly script: Script;
  private readonly timeout: number;

  constructor(bundle: WorkflowBundle, options: RealmOptions, stacks: StackMapper) {
    const { isolateExecutionTimeoutMs, ...installOptions } = options;
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
      sources: () => JSON.stringify(stacks.sources()),
    };
    const loadLibrary = this.evaluate(
      `(function (__temporal_host) {\n'use strict';const module = { exports: {} }, exports = module.exports;\n${bundle.library.code}\nreturn exports;\n})`,
      libraryFilename,
    ) as (host: HostBridge) => { install(...args: unknown[]): Inside; modules: unknown };
    const workflowsPart = this.evaluate(
      `(function (globalThis, global, Promise, require, module, exports, __temporal_namespace) {\n'use strict';\n${bundle.workflows.code}\n})`,
      workflowsFilename,
    );
    const { install, modules } = loadLibrary(host);
    this.inside = install(modules, JSON.stringify(installOptions), workflowsPart);
    this.script = this.compile('__temporal_enter()', 'temporal-enter.js');
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
      return this.script.runInContext(this.context, { timeout: this.timeout, displayErrors: false }) as T;
    });
  }

  private evaluate(code: string, filename: string): unknown {
    return this.compile(code, filename).runInContext(this.context);
  }

  private compile(code: string, filename: string): Script {
    return new Script(code, {
      filename,
      // Without this, `import()` would be answered with an error of the thread's realm.
      importModuleDynamically: () => {
        throw this.inside.makeError('TypeError', 'A workflow can only import what was bundled with it');
      },
    });
  }
}
