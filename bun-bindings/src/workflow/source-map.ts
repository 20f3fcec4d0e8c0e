import { SourceMap } from 'node:module';
import type { WorkflowBundle } from './bundle.ts';

/** Names of the two parts of a bundle in stack traces that are not mapped. */
export const libraryFilename = 'temporal-workflow-library.js';
export const workflowsFilename = 'temporal-workflow-bundle.js';

/** Lines that the realm puts before the code of either part. */
const PROLOGUE_LINES = 2;

const FRAME = /^(\s*at )(?:(.*?) \()?(temporal-workflow-(?:library|bundle)\.js):(\d+):(\d+)\)?$/;

/** Points frames of stack traces at the sources of a bundle. The source maps are only parsed when they are needed. */
export class StackMapper {
  private readonly maps = new Map<string, SourceMap>();
  private readonly bundle: WorkflowBundle;

  constructor(bundle: WorkflowBundle) {
    this.bundle = bundle;
  }

  /**
   * Maps the frames of an error's `stack`. What called the workflow's code is left out: those frames tell of the SDK.
   * Text that is not a stack trace of this bundle is returned as it is.
   */
  map(stack: string): string {
    if (!stack.includes(libraryFilename) && !stack.includes(workflowsFilename)) return stack;
    const lines = stack.split('\n');
    const last = lines.findLastIndex((line) => line.includes(workflowsFilename));
    return lines
      .filter((line, index) => index <= last || !/^\s+at /.test(line))
      .map((line) => this.mapFrame(line))
      .join('\n');
  }

  private mapFrame(line: string): string {
    const [, at, name, file, row, column] = FRAME.exec(line) ?? [];
    if (file === undefined) return line;
    const entry = this.sourceMap(file).findEntry(Number(row) - 1 - PROLOGUE_LINES, Number(column) - 1);
    if (!('originalSource' in entry)) return line;
    const place = `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    return name === undefined ? `${at}${place}` : `${at}${name} (${place})`;
  }

  private sourceMap(file: string): SourceMap {
    let map = this.maps.get(file);
    if (map === undefined) {
      const part = file === libraryFilename ? this.bundle.library : this.bundle.workflows;
      map = new SourceMap(JSON.parse(part.map));
      this.maps.set(file, map);
    }
    return map;
  }
}
