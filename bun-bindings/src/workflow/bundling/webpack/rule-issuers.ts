import { dirname, resolve } from 'node:path';
import type { ImportAnswer, ImportRequest } from '../build-changes.ts';
import { refusal } from './refusal.ts';
import { holds } from './rules.ts';

/**
 * Knows who imports a module, for rules with an `issuer`.
 *
 * With webpack a file that two modules import can become two modules, by different rules. Here it is one, so that the rules must
 * hold for all who import it alike.
 */
export class RuleIssuers {
  readonly #conditions: unknown[];
  readonly #first = new Map<string, string>();

  constructor(rules: readonly unknown[]) {
    this.#conditions = conditionsIn(rules);
  }

  /**
   * Notes an import.
   *
   * @throws TypeError if the rules differ for two modules that import the same.
   */
  add({ specifier, importer }: ImportRequest, answer: ImportAnswer | undefined): void {
    if (this.#conditions.length === 0) return;
    const path = answer?.kind === 'file' ? answer.path : resolve(dirname(importer), specifier);
    const first = this.#first.get(path) ?? importer;
    this.#first.set(path, first);
    if (this.#conditions.every((condition) => holds(condition, first) === holds(condition, importer))) return;
    throw refusal(
      'module.rules.issuer',
      `${path} is imported by ${first} and by ${importer}, for which the rules differ. Tell the imports apart by a query, ` +
        'such as `?raw`, and use `resourceQuery`',
    );
  }

  /** The path of a module that imports it. Empty if none is known. */
  of(path: string): string {
    return this.#first.get(path) ?? '';
  }
}

function conditionsIn(rules: readonly unknown[]): unknown[] {
  return rules.flatMap((rule) => {
    if (typeof rule !== 'object' || rule === null) return [];
    const { issuer, rules: nested = [], oneOf = [] } = rule as Record<string, unknown>;
    const inner = [nested, oneOf].flatMap((each) => (Array.isArray(each) ? conditionsIn(each) : []));
    return issuer === undefined ? inner : [issuer, ...inner];
  });
}
