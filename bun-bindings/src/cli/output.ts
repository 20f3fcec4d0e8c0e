import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where a command writes: text for people, or one JSON document for programs. */
export class Output {
  /** Whether `--json` was given. Text meant for people is then left out. */
  readonly json: boolean;
  /** Whether a person looks at standard output, and wants colours. */
  readonly isTerminal: boolean;

  constructor(json: boolean, isTerminal = process.stdout.isTTY === true && process.env.NO_COLOR === undefined) {
    this.json = json;
    this.isTerminal = isTerminal;
  }

  /** Prints a line for people. */
  line(text = ''): void {
    if (!this.json) console.log(text);
  }

  /** Prints the result for programs. A command calls it once. */
  result(value: unknown): void {
    if (this.json) console.log(JSON.stringify(value, undefined, 2));
  }

  /** Prints what has happened, for programs that follow a command: a document in one line. */
  event(value: unknown): void {
    if (this.json) console.log(JSON.stringify(value));
  }

  /** Shows how far a long command is. Only on a terminal, on standard error, on a line that the next one overwrites. */
  progress(text: string): void {
    if (this.isTerminal && !this.json) process.stderr.write(`\r\x1b[2K${text}`);
  }

  /** Removes the line of {@link progress}. */
  endProgress(): void {
    this.progress('');
  }

  /** Colours text on a terminal, and leaves it alone elsewhere. */
  style(style: Style, text: string): string {
    return this.isTerminal ? styleText(style, text, { validateStream: false }) : text;
  }
}
