import { SourceMap } from 'node:module';
import type { LoadedBundle, MappedCode } from '../bundling/loaded-bundle.ts';
import type { Place } from './inside/place.ts';

/** Names of the two parts of a bundle in stack traces that are not mapped. */
export const libraryFilename = 'temporal-workflow-library.js';
export const workflowsFilename = 'temporal-workflow-bundle.js';

/** Lines that the realm puts before the code of either part. */
export const PROLOGUE_LINES = 2;

const FRAME = /^(\s*at )(?:(async)? ?(?:(.*?) \()?)(temporal-workflow-(?:library|bundle)\.js):(\d+):(\d+)\)?$/;

/** Sources of our own inside of an isolate, which tell a user nothing. */
const OUR_INSIDE = /[\\/]workflow[\\/]sandbox[\\/]inside[\\/]/;

const MAX_MAPPED_LINES = 10_000;

interface Frame {
  /** The text before the name: `    at `. */
  at: string;
  isAsync: boolean;
  name: string | undefined;
  file: string;
  line: number;
  column: number;
  isLibrary: boolean;
}

/** Points frames of stack traces at the sources of a bundle. The source maps are only parsed when they are needed. */
export class StackMapper {
  readonly #maps = new Map<MappedCode, SourceMap>();
  /** Lines of stacks as they are to be shown: the same places throw again and again. */
  readonly #mapped = new Map<string, string | undefined>();
  readonly #bundle: LoadedBundle;

  constructor(bundle: LoadedBundle) {
    this.#bundle = bundle;
  }

  /**
   * Maps the frames of an error's `stack`. What called the workflow's code is left out: those frames tell of the SDK.
   * Text that is not a stack trace of this bundle is returned as it is.
   */
  map(stack: string): string {
    if (!stack.includes(libraryFilename) && !stack.includes(workflowsFilename)) return stack;
    const lines = stack.split('\n');
    const last = lines.findLastIndex((line) => line.includes(workflowsFilename));
    return (
      lines
        .filter((line, index) => index <= last || !/^\s+at /.test(line))
        // A bound function, which the realm has in the place of a built-in one, leaves a frame without a name.
        .filter((line) => !/^\s+at \[native code\]$/.test(line))
        .flatMap((line) => this.#mapLine(line) ?? [])
        .join('\n')
    );
  }

  /**
   * What an error's `stack` tells of where workflow code is: its own frames, those between them, and the function of the
   * library that was called. Empty if no workflow code is in it.
   */
  placeOf(stack: string): Place {
    const frames = this.#framesOfWorkflow(stack);
    return {
      formatted: frames.map(format).join('\n'),
      structured: frames.map((frame) => ({
        file_path: frame.file,
        line: frame.line,
        column: frame.column,
        function_name: nameOf(frame),
        internal_code: frame.isLibrary,
      })),
    };
  }

  #framesOfWorkflow(stack: string): Frame[] {
    const frames = stack.split('\n').flatMap((line) => this.#parse(line) ?? []);
    const first = frames.findIndex((frame) => !frame.isLibrary);
    const last = frames.findLastIndex((frame) => !frame.isLibrary);
    if (first < 0) return [];
    const called = first > 0 ? frames[first - 1] : undefined;
    const own = frames.slice(first, last + 1);
    return called === undefined || OUR_INSIDE.test(called.file) ? own : [called, ...own];
  }

  /** The workflows' sources, as their source map has them. */
  sources(): { sources: string[]; sourcesContent: string[] } {
    const { sources, sourcesContent = [] } = JSON.parse(this.#bundle.workflows.map);
    return { sources, sourcesContent };
  }

  /** The line as it is to be shown, if it is. */
  #mapLine(line: string): string | undefined {
    if (!line.includes(libraryFilename) && !line.includes(workflowsFilename)) return line;
    if (this.#mapped.has(line)) return this.#mapped.get(line);
    if (this.#mapped.size >= MAX_MAPPED_LINES) this.#mapped.clear();
    const frame = this.#parse(line);
    // What has no place in a source is what links the modules of a bundle.
    const shown = frame === undefined || OUR_INSIDE.test(frame.file) ? undefined : format(frame);
    this.#mapped.set(line, shown);
    return shown;
  }

  #parse(text: string): Frame | undefined {
    const [, at, async, name, file, row, column] = FRAME.exec(text) ?? [];
    if (at === undefined) return undefined;
    const isLibrary = file === libraryFilename;
    const map = this.#sourceMap(isLibrary ? this.#bundle.library : this.#bundle.workflows);
    const entry = map.findEntry(Number(row) - 1 - PROLOGUE_LINES, Number(column) - 1);
    if (!('originalSource' in entry)) return undefined;
    return {
      at,
      isAsync: async !== undefined,
      name,
      file: entry.originalSource,
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
      isLibrary,
    };
  }

  #sourceMap(part: MappedCode): SourceMap {
    let map = this.#maps.get(part);
    if (map === undefined) {
      map = new SourceMap(JSON.parse(part.map));
      this.#maps.set(part, map);
    }
    return map;
  }
}

/** A line of a stack trace. */
function format(frame: Frame): string {
  const place = `${frame.file}:${frame.line}:${frame.column}`;
  const name = nameOf(frame);
  return name === undefined ? `${frame.at}${place}` : `${frame.at}${name} (${place})`;
}

/** A frame below an `await` is one of a function that waits for the one above. */
function nameOf({ isAsync, name }: Frame): string | undefined {
  return isAsync ? `async ${name ?? '<anonymous>'}` : name;
}
