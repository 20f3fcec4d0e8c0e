import { host } from './bridge.ts';
import { CallSite } from './call-site.ts';
import { currentRun, type StackFormatter } from './current.ts';
import { writesRawStacks } from './raw-stack.ts';

/** A call site as the engine gives it. It belongs to the host, so it is not to be handed out. */
interface EngineCallSite {
  isAsync(): boolean;
  toString(): string;
}

const { captureStackTrace } = Error;
const { freeze, getOwnPropertyDescriptor } = Object;
const { apply, defineProperty } = Reflect;

/**
 * Has the stacks of errors point at the sources wherever they are read, also by workflow code.
 *
 * The engine asks `Error.prepareStackTrace` for the text of a stack when that is read for the first time. It hands in objects
 * of the host, so the property cannot be redefined: what a run assigns to it is called with call sites of the realm.
 */
export function installStackTraces(): void {
  // A realm that a debugger sees is the thread's own: there this would change the errors of all else.
  if (host.URL instanceof Function) return;
  defineProperty(Error, 'prepareStackTrace', {
    get: () => (writesRawStacks() ? undefined : writeStack),
    set(formatter: unknown) {
      const run = currentRun();
      if (run === undefined) return;
      const isOwn = typeof formatter === 'function' && formatter !== writeStack;
      run.stackFormatter = isOwn ? (formatter as StackFormatter) : undefined;
    },
  });
  defineProperty(Error, 'captureStackTrace', {
    value: replacement.captureStackTrace,
    writable: true,
    configurable: true,
  });
  // All runs get at these.
  freeze(writeStack);
}

function writeStack(error: unknown, sites: readonly EngineCallSite[]): unknown {
  let frames = '';
  try {
    for (let index = 0; index < sites.length; index++) {
      const site = sites[index] as EngineCallSite;
      frames += `\n    at ${site.isAsync() ? 'async ' : ''}${site.toString()}`;
    }
  } catch {
    // The stack was nearly full, and the error is one of the host's.
  }
  return textOf(error, frames);
}

const replacement = {
  /** Gives `target` a stack as the engine does for errors, with the first line that Node gives it. */
  captureStackTrace(target: object, above?: unknown): void {
    captureStackTrace(target, above as never);
    const captured = getOwnPropertyDescriptor(target, 'stack')?.value;
    if (typeof captured !== 'string') return;
    const define = (value: unknown): boolean =>
      defineProperty(target, 'stack', { value, writable: true, enumerable: false, configurable: true });
    defineProperty(target, 'stack', {
      get() {
        const stack = textOf(target, framesOf(captured));
        define(stack);
        return stack;
      },
      set: define,
      enumerable: false,
      configurable: true,
    });
  },
};

/** The frames that `captureStackTrace` of the engine has written as `name@file:line:column`, as lines of a stack. */
function framesOf(captured: string): string {
  let frames = '';
  for (const line of captured.split('\n')) {
    const at = line.lastIndexOf('@');
    const place = line.slice(at + 1);
    frames += at > 0 ? `\n    at ${line.slice(0, at)} (${place})` : `\n    at ${place}`;
  }
  return frames;
}

/** The text of a stack, or what the run's own formatter makes of it. */
function textOf(error: unknown, frames: string): unknown {
  const mapped = mappedFrames(frames);
  const formatter = currentRun()?.stackFormatter;
  return formatter === undefined
    ? firstLineOf(error) + mapped
    : apply(formatter, Error, [error, CallSite.ofStack(mapped)]);
}

function mappedFrames(frames: string): string {
  try {
    const mapped = host.mapStack(frames);
    // Frames that have nothing of the bundle are those of the host, which has called a function of the engine.
    return mapped === frames ? '' : mapped;
  } catch {
    return '';
  }
}

/** The name and the message of an error, whatever its own `toString` says. */
function firstLineOf(error: unknown): string {
  try {
    const { name, message } = error as { name?: unknown; message?: unknown };
    const kind = name === undefined ? 'Error' : String(name);
    const text = message === undefined ? '' : String(message);
    if (kind === '') return text;
    return text === '' ? kind : `${kind}: ${text}`;
  } catch {
    return 'Error';
  }
}
