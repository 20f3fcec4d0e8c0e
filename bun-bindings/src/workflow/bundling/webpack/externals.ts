import { dirname } from 'node:path';
import type { ImportAnswer, ImportRequest } from '../build-changes.ts';
import { refusal } from './refusal.ts';

/** Kinds of externals whose value is an expression. All others load a module, which a workflow cannot. */
const EXPRESSIONS = new Set(['var', 'const', 'let', 'assign', 'global', 'globalThis', 'self', 'this', 'window']);

type Value = string | boolean | string[] | Record<string, unknown> | undefined;

/** Returns a function that answers imports by `externals`. */
export function externalsOf({
  externals,
  externalsType = 'var',
}: Readonly<Record<string, unknown>>): (request: ImportRequest) => Promise<ImportAnswer | undefined> {
  return async (request) => {
    const found = await valueFor(externals, request);
    return found === undefined || found === false ? undefined : answer(found, request.specifier, String(externalsType));
  };
}

async function valueFor(external: unknown, request: ImportRequest): Promise<Value> {
  const { specifier } = request;
  if (Array.isArray(external)) {
    for (const each of external) {
      const found = await valueFor(each, request);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof external === 'string') return external === specifier ? true : undefined;
  if (external instanceof RegExp) return external.test(specifier) ? true : undefined;
  if (typeof external === 'function') return called(external as ExternalsFunction, request);
  if (typeof external === 'object' && external !== null) {
    return Object.hasOwn(external, specifier) ? (external as Record<string, Value>)[specifier] : undefined;
  }
  return undefined;
}

type ExternalsFunction = (data: object, callback: (error?: unknown, value?: Value, type?: string) => void) => unknown;

/** Calls a function of `externals`, which may call back or return a promise. */
function called(external: ExternalsFunction, { specifier, importer, kind }: ImportRequest): Promise<Value> {
  const data = {
    context: dirname(importer),
    request: specifier,
    dependencyType: kind === 'require' ? 'commonjs' : 'esm',
    contextInfo: { issuer: importer, issuerLayer: null, compiler: '' },
    getResolve: () => {
      throw refusal('externals: getResolve', 'use `resolve.alias`');
    },
  };
  return new Promise((resolve, reject) => {
    const done = (error?: unknown, value?: Value, type?: string) => {
      if (error) reject(error);
      else resolve(type === undefined || typeof value !== 'string' ? value : `${type} ${value}`);
    };
    try {
      const returned = external(data, done);
      if (external.length < 2 || returned instanceof Promise) Promise.resolve(returned as Value).then(resolve, reject);
    } catch (error) {
      reject(error);
    }
  });
}

function answer(value: Exclude<Value, undefined | false>, specifier: string, defaultType: string): ImportAnswer {
  if (typeof value === 'object' && !Array.isArray(value)) {
    const { root } = value as { root?: Value };
    return root === undefined ? { kind: 'missing' } : answer(root as string, specifier, 'var');
  }
  const [first = '', ...members] = value === true ? [specifier] : [value].flat();
  // A kind may stand before the expression.
  const [, type = defaultType, name = first] = /^([\w-]+) (.+)$/.exec(first) ?? [];
  if (!EXPRESSIONS.has(type)) return { kind: 'missing' };
  const ofObject = ['var', 'const', 'let', 'assign'].includes(type) ? name : `globalThis[${JSON.stringify(name)}]`;
  return { kind: 'value', code: ofObject + members.map((member) => `[${JSON.stringify(member)}]`).join('') };
}
