/** Reads the lines of a process's output. */
export class LineReader {
  readonly #lines: AsyncGenerator<string>;

  constructor(output: ReadableStream<Uint8Array>) {
    this.#lines = linesOf(output);
  }

  /** The next line that is wanted; those before it are gone. Rejects with `complaint` if there is none. */
  async until(isWanted: (line: string) => boolean, complaint = 'the output ended without the line'): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(complaint);
      if (isWanted(value)) return value;
    }
  }

  /** All lines that are left. */
  async rest(): Promise<string[]> {
    return Array.fromAsync(this.#lines);
  }
}

async function* linesOf(output: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of output) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
