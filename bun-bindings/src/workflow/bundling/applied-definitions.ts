import type { Definition } from './build-changes.ts';

/** Definitions in the forms in which a build uses them. */
export interface AppliedDefinitions {
  /** For `define` of Bun: literals, which let it drop code that is never reached, and names of variables for all else. */
  define: Record<string, string>;
  /** Whether a module may use one of the names. */
  mayOccurIn(text: string): boolean;
  /**
   * Applies them to a module that is bundled as it is: `text` has variables in the place of member expressions.
   *
   * @param alive the module as Bun prints it with `define`.
   */
  toScript(text: string, alive: string): DefinedModule;
  /** Applies them to a module that is compiled with `define`. */
  toModule(alive: string): DefinedModule;
}

interface DefinedModule {
  /** The text of the module, if it has to be another. */
  text?: string;
  /** Declarations of variables, which the module has to see. */
  prelude: string;
  /** Specifiers of modules that the prelude requires. */
  modules: string[];
}

interface Entry extends Definition {
  key: string;
  isLiteral: boolean;
  variable: string;
}

export function applyDefinitions(definitions: ReadonlyMap<string, Definition>): AppliedDefinitions | undefined {
  if (definitions.size === 0) return undefined;
  const entries = [...definitions].map(([key, definition], index) => ({
    ...definition,
    key,
    isLiteral: definition.module === undefined && isLiteral(definition.code),
    variable: `__temporal_defined_${index}`,
  }));
  return {
    define: Object.fromEntries(
      entries.map(({ key, code, isLiteral, variable }) => [key, isLiteral ? code : variable] as const),
    ),
    mayOccurIn: (text) => entries.some(({ key }) => text.includes(key)),
    toModule: (alive) => declared(entries.filter(({ variable }) => alive.includes(variable))),
    toScript(text, alive) {
      const used = entries.filter(({ key, isLiteral, variable }) =>
        isLiteral ? text.includes(key) : alive.includes(variable),
      );
      const members = used.filter(({ key }) => key.includes('.'));
      const changed = members.reduce(
        (result, { key, variable }) => result.replace(memberExpression(key), variable),
        text,
      );
      return {
        ...declared(used.map((entry) => (entry.key.includes('.') ? entry : { ...entry, variable: entry.key }))),
        ...(changed === text ? {} : { text: changed }),
      };
    },
  };
}

function declared(entries: Entry[]): DefinedModule {
  return {
    prelude: entries.map(({ variable, code }) => `var ${variable} = ${code};`).join(' '),
    modules: entries.flatMap(({ module }) => module ?? []),
  };
}

/** Matches a member expression, but no part of a longer one. */
function memberExpression(key: string): RegExp {
  return new RegExp(`(?<![\\w$.])${key.replace(/[.$]/g, '\\$&')}(?![\\w$])`, 'g');
}

/** Whether Bun takes the code as the value of a definition. */
function isLiteral(code: string): boolean {
  if (code === 'undefined') return true;
  try {
    JSON.parse(code);
    return true;
  } catch {
    return false;
  }
}
