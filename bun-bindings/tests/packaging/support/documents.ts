import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dir, '../../../..');

/** A document of this repository, for tests that do what it says. */
export class Document {
  readonly #text: string;

  /** @param path from the root of the repository. */
  constructor(path: string) {
    this.#text = readFileSync(join(ROOT, path), 'utf8');
  }

  /** The blocks of code in a language, in their order. */
  blocks(language: string): string[] {
    const blocks = this.#text.matchAll(/^```(\w*)\n(.*?)^```$/gms);
    return [...blocks].flatMap(([, name, code = '']) => (name === language ? [code] : []));
  }

  /** The blocks of TypeScript that name their file in the first line, by that name. */
  files(): Record<string, string> {
    return Object.fromEntries(
      this.blocks('ts').flatMap((code) => {
        const [, name] = /^\/\/ ([\w.-]+\.ts)\b/.exec(code) ?? [];
        return name === undefined ? [] : [[name, code]];
      }),
    );
  }

  /** The commands within sentences and tables that begin with `start`. */
  commands(start: string): string[] {
    const spans = this.#text.replaceAll(/^```.*?^```$/gms, '').matchAll(/`([^`]+)`/g);
    return [...spans].map(([, span = '']) => span.replaceAll(/\s+/g, ' ')).filter((span) => span.startsWith(start));
  }
}
