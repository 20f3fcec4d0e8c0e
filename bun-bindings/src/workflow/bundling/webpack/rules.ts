import { refusal, wrongValue } from './refusal.ts';

/** A loader that a rule names. */
export interface LoaderUse {
  loader: string;
  options: unknown;
  /** The property that names it, for errors. */
  property: string;
}

/** Effects of rules on a module. */
export interface RuleEffects {
  /** In the order of webpack: the last one is run first. */
  loaders: LoaderUse[];
  type: string | undefined;
  /** Parses the text of a module of the type `json`. */
  parse: ((text: string) => unknown) | undefined;
}

export interface Resource {
  path: string;
  /** Begins with a question mark, or is empty. */
  query: string;
  /** The path of a module that imports it. Empty if none is known. */
  issuer: string;
}

type Rule = Record<string, unknown>;

interface Effects extends Omit<RuleEffects, 'loaders'> {
  uses: (LoaderUse & { stage: Stage })[];
}

type Stage = 'post' | 'normal' | 'pre';

/** Properties of a rule that have no effect on code. */
const WITHOUT_EFFECT = new Set(['extractSourceMap', 'generator', 'ident']);
const CONDITIONS = ['test', 'include', 'exclude', 'resource', 'resourceQuery', 'issuer'];
const EFFECTS = [
  'use',
  'loader',
  'loaders',
  'options',
  'query',
  'type',
  'enforce',
  'rules',
  'oneOf',
  'parser',
  'resolve',
  'sideEffects',
];

/** Applies `module.rules` to a module. */
export function effectsOf(rules: readonly unknown[], resource: Resource): RuleEffects {
  const effects: Effects = { uses: [], type: undefined, parse: undefined };
  applyAll(rules, 'module.rules', resource, effects);
  const stages: Stage[] = ['post', 'normal', 'pre'];
  return { ...effects, loaders: stages.flatMap((stage) => effects.uses.filter((use) => use.stage === stage)) };
}

/** Throws for the first rule that cannot be translated, whether or not there is a module for it. */
export function checkRules(rules: unknown, property = 'module.rules'): asserts rules is unknown[] {
  if (!Array.isArray(rules)) throw wrongValue(property, 'an array of rules');
  for (const [index, rule] of rules.entries()) {
    // `...` stands for rules of webpack's own.
    if (!rule || rule === '...') continue;
    if (typeof rule !== 'object') throw wrongValue(`${property}[${index}]`, 'a rule');
    checkRule(rule as Rule, `${property}[${index}]`);
  }
}

function checkRule(rule: Rule, property: string): void {
  for (const [name, value] of Object.entries(rule)) {
    if (value === undefined || WITHOUT_EFFECT.has(name) || CONDITIONS.includes(name)) continue;
    if (!EFFECTS.includes(name)) {
      throw refusal(
        `${property}.${name}`,
        'use `test`, `include`, `exclude`, `resource`, `resourceQuery` or `issuer`, or `bunPlugins`',
      );
    }
    if (name === 'rules' || name === 'oneOf') checkRules(value, `${property}.${name}`);
  }
  if (rule.sideEffects === true) {
    throw refusal(
      `${property}.sideEffects`,
      'correct `sideEffects` in the package.json, or import the module for its effects',
    );
  }
  const { resolve = {} } = rule as { resolve?: object };
  // It does not matter here: imports may leave extensions out.
  const [other] = Object.keys(resolve).filter((name) => name !== 'fullySpecified');
  if (other !== undefined) throw refusal(`${property}.resolve.${other}`, 'set it for all modules, in `resolve`');
}

function applyAll(rules: readonly unknown[], property: string, resource: Resource, effects: Effects): void {
  for (const [index, rule] of rules.entries()) {
    if (rule && rule !== '...') apply(rule as Rule, `${property}[${index}]`, resource, effects);
  }
}

/** Returns whether the rule applies. */
function apply(rule: Rule, property: string, resource: Resource, effects: Effects): boolean {
  if (!appliesTo(rule, resource)) return false;
  const stage = stageOf(rule.enforce, property);
  const { use, loader, loaders, options = rule.query } = rule;
  for (const [each, name] of [
    [use, 'use'],
    [loaders, 'loaders'],
    [loader === undefined ? undefined : { loader, options }, 'loader'],
  ] as const) {
    effects.uses.push(...usesOf(each, `${property}.${name}`, resource).map((found) => ({ ...found, stage })));
  }
  if (rule.type !== undefined) effects.type = String(rule.type);
  const { parse } = (rule.parser ?? {}) as { parse?: RuleEffects['parse'] };
  if (parse !== undefined) effects.parse = parse;
  if (Array.isArray(rule.rules)) applyAll(rule.rules, `${property}.rules`, resource, effects);
  if (Array.isArray(rule.oneOf)) {
    for (const [index, each] of rule.oneOf.entries()) {
      if (each && apply(each, `${property}.oneOf[${index}]`, resource, effects)) break;
    }
  }
  return true;
}

function appliesTo(
  { test, include, exclude, resource: whole, resourceQuery, issuer: importer }: Rule,
  { path, query, issuer }: Resource,
): boolean {
  return (
    [test, include, whole].every((condition) => condition === undefined || holds(condition, path)) &&
    (exclude === undefined || !holds(exclude, path)) &&
    (resourceQuery === undefined || holds(resourceQuery, query)) &&
    (importer === undefined || holds(importer, issuer))
  );
}

/** Whether a condition of a rule holds for a path or a query. */
export function holds(condition: unknown, text: string): boolean {
  if (condition instanceof RegExp) return condition.test(text);
  if (typeof condition === 'string') return text.startsWith(condition);
  if (typeof condition === 'function') return Boolean(condition(text));
  if (Array.isArray(condition)) return condition.some((each) => holds(each, text));
  if (typeof condition !== 'object' || condition === null) throw wrongValue('module.rules', 'made of conditions');
  const { and = [], or, not } = condition as { and?: unknown[]; or?: unknown[]; not?: unknown };
  return (
    and.every((each) => holds(each, text)) &&
    (or === undefined || holds(or, text)) &&
    (not === undefined || !holds(not, text))
  );
}

function stageOf(enforce: unknown, property: string): Stage {
  if (enforce === undefined) return 'normal';
  if (enforce === 'pre' || enforce === 'post') return enforce;
  throw wrongValue(`${property}.enforce`, "'pre' or 'post'");
}

function usesOf(use: unknown, property: string, resource: Resource): LoaderUse[] {
  if (!use) return [];
  if (Array.isArray(use)) return use.flatMap((each, index) => usesOf(each, `${property}[${index}]`, resource));
  if (typeof use === 'function') {
    const { path, query, issuer } = resource;
    return usesOf(
      use({ resource: path + query, realResource: path, resourceQuery: query, issuer, compiler: '' }),
      property,
      resource,
    );
  }
  if (typeof use === 'string') {
    const [loader = '', query] = use.split(/\?(.*)/s);
    return [{ loader, options: query, property }];
  }
  const { loader, options } = use as { loader?: unknown; options?: unknown };
  if (typeof loader !== 'string') throw wrongValue(property, 'a loader');
  if (loader.includes('?') && options === undefined) return usesOf(loader, property, resource);
  return [{ loader, options, property }];
}
