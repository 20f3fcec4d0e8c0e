/** The rules of `temporal-bun check`. A comment names one to silence it. */
export const RULES = {
  'forbidden-module': 'an import of a module that has no place in a workflow',
  'missing-module': 'an import of a module that is not there',
  'not-in-workflows': 'a global that workflows do not have, or that blocks or differs between replays',
  'missing-timeout': 'activities without a startToCloseTimeout or scheduleToCloseTimeout',
  'unknown-activity': 'an activity that the file of --activities does not have',
  'duplicate-workflow': 'a workflow type that two modules export',
  'renamed-workflow': 'a workflow whose type is not the name of its function',
  'bad-ignore': 'a temporal-bun-ignore comment without a rule or a reason',
} as const;

export type Rule = keyof typeof RULES;

/** Something in workflow code that is to be changed, or to be silenced with a reason. */
export interface Finding {
  rule: Rule;
  /** The absolute path of the file. */
  file: string;
  /** The line, from 1. */
  line: number;
  /** Why it is a finding, in a sentence. */
  why: string;
  /** Remedy, in a sentence. */
  remedy: string;
  /** How the module comes to be in the workflows, from the nearest importer up. */
  chain?: string[];
}
