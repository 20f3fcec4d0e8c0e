import { builtinModules } from 'temporal:builtin-modules';
import { currentRun } from './current.ts';
import { getRandomValues, makeCrypto, randomUUID } from './globals/crypto.ts';
import { makePerformance } from './globals/performance.ts';
import { makeProcess } from './globals/process.ts';
import { madeOnce } from './made-once.ts';

/** The parts of the run that built-in modules use. The globals of these names may be missing or replaced by the run. */
export const ofRun = {
  get crypto() {
    return madeOnce('crypto', makeCrypto);
  },
  get performance() {
    return madeOnce('performance', makePerformance);
  },
  get process() {
    return madeOnce('process', makeProcess);
  },
  randomUUID,
  getRandomValues,
};

type Modules = Map<string, { exports: unknown }>;

/** Modules that `@temporalio/worker` allows as well: what they consist of where a history was recorded by it. */
const ALLOWED_BEFORE: Record<string, () => unknown> = {
  url: () => ({ URL, URLSearchParams }),
  util: () => ({ TextEncoder, TextDecoder }),
};

/** Modules of code that belongs to no run: preloaded modules, which all runs share. */
const ofNoRun: Modules = new Map();

/**
 * The exports of a built-in module in the running workflow, which evaluates it when it asks for the first time. Preloaded
 * modules get what `@temporalio/worker` gives them, as they serve runs of every history.
 */
export function builtinModule(name: string): unknown {
  if (name === 'temporal:run') return ofRun;
  const run = currentRun();
  if (run !== undefined) run.builtinModules ??= new Map();
  const modules = run?.builtinModules ?? ofNoRun;
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module: { exports: unknown } = { exports: {} };
  modules.set(name, module);
  const before = run?.recorder.extendedGlobals ? undefined : ALLOWED_BEFORE[name];
  if (before !== undefined) {
    module.exports = before();
    return module.exports;
  }
  builtinModules[name]?.(module, module.exports, builtinModule);
  // A built-in module is no compiled ES module: its default import is the whole of it.
  if (Reflect.get(module.exports as object, '__esModule') === true) module.exports = { ...(module.exports as object) };
  return module.exports;
}
