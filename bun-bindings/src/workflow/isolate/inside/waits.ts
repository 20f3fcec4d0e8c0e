import type { StackTraceFileLocation } from '@temporalio/workflow';
import type { Activator, Completion, Condition } from '@temporalio/workflow/lib/internals';
import { host } from './bridge.ts';

/** What stack-trace queries answer with, for one place. */
interface Stack {
  formatted: string;
  structured: StackTraceFileLocation[];
}

/** An error that was made where something began that a run waits for. Nobody reads its stack unless a query asks. */
type Place = Error;

const place = Symbol('place');

type Placed = (Completion<unknown> | Condition) & { [place]?: Place };

function setWithPlace(this: Map<number, Placed>, seq: number, awaited: Placed): Map<number, Placed> {
  awaited[place] = new Error();
  return Map.prototype.set.call(this, seq, awaited);
}

/**
 * The places in its code where a run waits: for the server, in the activator's own tables, or for a promise of its own.
 *
 * An engine cannot be asked where a promise is awaited, so the place is noted where the wait begins. Making an error costs
 * about a microsecond; its text, with the callers that wait for their part, is only made when it is read.
 */
export class Waits {
  private readonly ownPromises = new Map<Promise<unknown>, Place>();
  private tables: Map<number, Placed>[] = [];

  /** Notes from now on where what `activator` waits for began. */
  watch(activator: Activator): void {
    this.tables = [...Object.values(activator.completions), activator.blockedConditions] as Map<number, Placed>[];
    for (const table of this.tables) Object.defineProperty(table, 'set', { value: setWithPlace });
  }

  /** Notes that workflow code has made a promise. */
  begin(promise: Promise<unknown>, at: Place): void {
    this.ownPromises.set(promise, at);
  }

  end(promise: Promise<unknown>): void {
    this.ownPromises.delete(promise);
  }

  /** Where the run waits now, each place once. */
  stacks(): Stack[] {
    const places = this.tables.flatMap((table) => [...table.values()].map((awaited) => awaited[place]));
    const stacks = new Map<string, Stack>();
    for (const { stack } of [...places, ...this.ownPromises.values()].filter((at) => at !== undefined)) {
      if (typeof stack !== 'string') continue;
      const structured = JSON.parse(host.framesOf(stack)) as StackTraceFileLocation[];
      const formatted = structured.map(formatFrame).join('\n');
      if (formatted !== '') stacks.set(formatted, { formatted, structured });
    }
    return [...stacks.values()];
  }
}

function formatFrame({ function_name: name, file_path: file, line, column }: StackTraceFileLocation): string {
  const source = `${file}:${line}:${column}`;
  return name === undefined ? `    at ${source}` : `    at ${name} (${source})`;
}
