import type { Definition } from '../build-changes.ts';
import { refusal, wrongValue } from './refusal.ts';

/** Reads what DefinePlugin, EnvironmentPlugin and ProvidePlugin define. */
export function definitionsOf(plugin: object): [key: string, definition: Definition][] {
  switch (plugin.constructor.name) {
    case 'DefinePlugin':
      return defined((plugin as { definitions: object }).definitions);
    case 'EnvironmentPlugin':
      return environment(plugin as { keys: string[]; defaultValues: Record<string, unknown> });
    case 'ProvidePlugin':
      return provided((plugin as { definitions: Record<string, string | string[]> }).definitions);
    default:
      return [];
  }
}

function defined(definitions: object, prefix = ''): [string, Definition][] {
  return Object.entries(definitions).flatMap(([name, value]: [string, unknown]): [string, Definition][] => {
    const key = prefix + name;
    if (/^typeof\s/.test(key)) {
      throw refusal(`DefinePlugin: ${key}`, `define \`${key.replace(/^typeof\s+/, '')}\` itself`);
    }
    if (!/^[\w$]+(\.[\w$]+)*$/.test(key)) throw wrongValue(`DefinePlugin: ${key}`, 'a name, with dots for members');
    const own: [string, Definition] = [key, { code: codeOf(value) }];
    // Members first: they are the longer expressions.
    return isPlainObject(value) ? [...defined(value, `${key}.`), own] : [own];
  });
}

/** The code that webpack puts in the place of a definition. */
function codeOf(value: unknown): string {
  const actual = isRuntimeValue(value) ? value.fn({ module: {}, key: '', version: undefined }) : value;
  if (typeof actual === 'string') return actual;
  if (typeof actual === 'bigint') return `${actual}n`;
  if (typeof actual === 'function') return `(${actual})`;
  if (Array.isArray(actual)) return `[${actual.map(codeOf).join(', ')}]`;
  if (isPlainObject(actual)) {
    const members = Object.entries(actual).map(([name, member]) => `${JSON.stringify(name)}: ${codeOf(member)}`);
    return `({ ${members.join(', ')} })`;
  }
  return Object.is(actual, -0) ? '-0' : String(actual);
}

function isRuntimeValue(value: unknown): value is { fn(context: object): unknown } {
  return typeof value === 'object' && value !== null && value.constructor?.name === 'RuntimeValue' && 'fn' in value;
}

function isPlainObject(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof RegExp) &&
    !isRuntimeValue(value)
  );
}

function environment({
  keys,
  defaultValues,
}: {
  keys: string[];
  defaultValues: Record<string, unknown>;
}): [string, Definition][] {
  return keys.map((key) => {
    const value = process.env[key] ?? defaultValues[key];
    if (value === undefined && !Object.hasOwn(defaultValues, key)) {
      throw new Error(`webpackConfigHook: EnvironmentPlugin names '${key}', which the environment does not have`);
    }
    return [`process.env.${key}`, { code: value === undefined ? 'undefined' : JSON.stringify(value) }];
  });
}

function provided(definitions: Record<string, string | string[]>): [string, Definition][] {
  return Object.entries(definitions).map(([key, value]) => {
    const [module, ...path] = [value].flat();
    if (typeof module !== 'string') throw wrongValue(`ProvidePlugin: ${key}`, 'a module, or an array of one and names');
    const members = path.map((name) => `[${JSON.stringify(name)}]`).join('');
    return [key, { code: `require(${JSON.stringify(module)})${members}`, module }];
  });
}
