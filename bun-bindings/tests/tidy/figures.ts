import type { Repository } from './repository.ts';

/** The page that a run of the benchmarks writes. */
const RESULTS = 'bench/RESULTS.md';

/** A table that repeats figures of the results. */
interface Figures {
  document: string;
  /** Finds its head. */
  head: RegExp;
  /** Its rows, and which row of the results each is. */
  rows: Record<string, string>;
  /** Its columns, and which of the results each is. */
  columns: Record<string, string>;
}

const TABLES: Figures[] = [
  {
    document: 'docs/comparison.md',
    head: /^\| \| Node \| Node's on Bun \| here \|/m,
    rows: {
      'CPU for a workflow with one activity': 'hello CPU, ms',
      'CPU for five activities': 'five activities CPU, ms',
      'replay, events a second': 'replay, events/s',
      'process start to polling': 'start to polling, ms',
      'memory after hello workflows': 'memory after hello, MB',
      'memory with 5,000 workflows cached': 'memory with cached workflows, MB',
      'payloads of 1 MB': '1 MB payload rate, MB/s',
      'bundling a hello workflow': 'bundling hello, ms',
      'latency of a signal': 'signal latency, ms',
      'an activity while one workflow thread is busy': 'activity, 1 threads busy, ms',
    },
    columns: { Node: 'upstream on Node', "Node's on Bun": 'upstream on Bun', here: 'ours' },
  },
  {
    document: 'README.md',
    head: /^\| against `@temporalio\/worker`/m,
    rows: {
      'CPU for a workflow with one activity': 'hello CPU, ms',
      'memory with 5,000 workflows cached': 'memory with cached workflows, MB',
      'process start to the first workflow result': 'start to first workflow, ms',
    },
    columns: { 'this worker': 'ours', upstream: 'upstream on Node' },
  },
];
/** Finds the figure that a sentence of the comparison has. */
const COMPRESSED = /([\d.,]+ MB\/s) with compression/;

/** A table's cells, by the names of its rows and of its columns. */
type Table = Map<string, Map<string, string>>;

/** Figures in documents that are not, or no longer, those that the benchmarks gave. Rounded ones are right. */
export function figuresWithoutSource(repository: Repository): string[] {
  const results = tableAt(repository.text(RESULTS), /^\| median \|/m);
  const complaints: string[] = [];
  const compare = (document: string, row: string, column: string, said = ''): void => {
    const measured = results.get(row)?.get(column);
    if (measured !== undefined && isRounded(said, measured)) return;
    complaints.push(`${document}: "${said}" is not what ${RESULTS} has for ${row}, ${column}: ${measured}`);
  };
  for (const { document, head, rows, columns } of TABLES) {
    const table = tableAt(repository.text(document), head);
    for (const name of table.keys()) {
      if (rows[name] === undefined) complaints.push(`${document}: "${name}" is no row of ${RESULTS}`);
    }
    for (const [name, row] of Object.entries(rows)) {
      for (const [title, column] of Object.entries(columns))
        compare(document, row, column, table.get(name)?.get(title));
    }
  }
  const [, compressed] = COMPRESSED.exec(repository.text('docs/comparison.md')) ?? [];
  compare('docs/comparison.md', '1 MB payload rate, all compressing, MB/s', 'ours', compressed);
  return complaints;
}

/** Reads the table whose first line `head` finds. */
function tableAt(markdown: string, head: RegExp): Table {
  const start = markdown.search(head);
  if (start === -1) return new Map();
  const [titles = '', , ...rows] = markdown.slice(start).split('\n');
  const [, ...columns] = cellsOf(titles);
  const end = rows.findIndex((row) => !row.startsWith('|'));
  const table: Table = new Map();
  for (const row of rows.slice(0, end === -1 ? undefined : end)) {
    const [name = '', ...cells] = cellsOf(row);
    table.set(name, new Map(columns.map((column, index) => [column, cells[index] ?? ''])));
  }
  return table;
}

function cellsOf(row: string): string[] {
  const cells = row.split('|').slice(1, -1);
  return cells.map((cell) => cell.trim());
}

/** Whether `said`, which may be in seconds, is `measured` with as many decimals as it has. */
function isRounded(said: string, measured: string): boolean {
  const [, figure = '', decimals = ''] = /^([\d,]+(?:\.(\d+))?)/.exec(said) ?? [];
  const value = Number.parseFloat(measured) / (said.endsWith(' s') ? 1000 : 1);
  return figure !== '' && Number(figure.replaceAll(',', '')) === Number(value.toFixed(decimals.length));
}
