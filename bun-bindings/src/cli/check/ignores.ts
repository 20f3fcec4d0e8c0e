import { type Finding, RULES } from './finding.ts';

/** A comment that silences a rule. */
const IGNORE = /(?:\/\/|\/\*)\s*temporal-bun-ignore\b[ \t]*([\w-]*)[ \t]*(?::[ \t]*([^\n]*?))?[ \t]*(?:\*\/)?[ \t]*$/gm;

/** Comments of a module that silence findings: `// temporal-bun-ignore rule: reason`, in the line itself or the one before. */
export class Ignores {
  /** Comments that silence nothing, since they name no rule or no reason. */
  readonly findings: Finding[] = [];
  readonly #silenced = new Set<string>();

  constructor(file: string, text: string) {
    for (const { 0: comment, 1: rule = '', 2: reason = '', index } of text.matchAll(IGNORE)) {
      const line = text.slice(0, index).split('\n').length;
      if (rule in RULES && reason !== '') {
        const isAlone = text.slice(text.lastIndexOf('\n', index) + 1, index).trim() === '';
        this.#silenced.add(`${rule} ${isAlone ? line + 1 : line}`);
        continue;
      }
      this.findings.push({
        rule: 'bad-ignore',
        file,
        line,
        why: rule in RULES ? `"${comment.trim()}" gives no reason` : `"${comment.trim()}" names no rule`,
        remedy: `Write \`// temporal-bun-ignore ${rule in RULES ? rule : 'RULE'}: REASON\`. Rules: ${Object.keys(RULES).join(', ')}.`,
      });
    }
  }

  silences({ rule, line }: Finding): boolean {
    return this.#silenced.has(`${rule} ${line}`);
  }
}
