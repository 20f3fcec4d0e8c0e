import { CONTESTANTS, type Contestant, FLOOR, ON_BUN, ON_NODE, OWN } from './contestants.ts';
import { type Figures, medians } from './figures.ts';
import { COMPARED, type Measure, OWN_MEASURES } from './measures.ts';

/** The figures of all rounds, by contestant. */
export type Rounds = Map<Contestant, Figures[]>;

/** The medians of all contestants, and what share of the others' ours are. */
export function comparison(rounds: Rounds): string {
  const of = new Map(CONTESTANTS.map((contestant) => [contestant, medians(rounds.get(contestant) ?? [])]));
  const rows = COMPARED.flatMap((measure) => {
    const value = (contestant: Contestant) => of.get(contestant)?.get(measure.name);
    if (!CONTESTANTS.some((contestant) => value(contestant) !== undefined)) return [];
    const own = value(OWN);
    return [
      [
        `${measure.name}, ${measure.unit}`,
        own === undefined ? '' : withLimit(own, measure),
        ...[ON_NODE, ON_BUN, FLOOR].map((contestant) => shown(value(contestant))),
        ratio(own, value(ON_NODE), measure, measure.target?.node),
        ratio(own, value(ON_BUN), measure, measure.target?.bun),
        ratio(own, value(FLOOR), measure, undefined),
      ],
    ];
  });
  const names = CONTESTANTS.map(({ name }) => name);
  return markdown(['median', ...names, 'ours / Node', 'ours / Bun', 'ours / Rust SDK'], rows);
}

/** Where the CPU time of a hello workflow goes, by thread. */
export function threadTable(rounds: Rounds): string {
  const threads = [...medians(rounds.get(OWN) ?? [])].filter(([name]) => name.startsWith('thread '));
  const rows = largestFirst(threads.map(([name, ms]) => [name.slice('thread '.length), ms]));
  return markdown(['threads of ours', 'CPU ms a hello workflow'], rows);
}

/** The measures that only ours has. */
export function ownTable(figures: Figures): string {
  const rows = OWN_MEASURES.flatMap((measure) => {
    const value = figures.get(measure.name);
    return value === undefined ? [] : [[`${measure.name}, ${measure.unit}`, withLimit(value, measure)]];
  });
  return markdown(['ours alone', ''], rows);
}

/** How often a hello workflow has each function of the native library called. */
export function callTable(calls: ReadonlyMap<string, number>): string {
  const rows = largestFirst([...calls].map(([name, times]) => [`\`${name}\``, times]));
  const sum = [...calls.values()].reduce((all, times) => all + times, 0);
  return markdown(['native calls of ours', 'a hello workflow'], [...rows, ['all', sum.toFixed(2)]]);
}

/** Ratios that have become worse than they were by more than the noise of these measurements. */
export function regressions(rounds: Rounds, before: Record<string, number>): string[] {
  const now = ratios(rounds);
  return COMPARED.flatMap(({ name, moreIsBetter, growsWithSize }) => {
    const [was, is] = [before[name], now[name]];
    if (growsWithSize || was === undefined || is === undefined) return [];
    const worse = moreIsBetter ? was / is : is / was;
    return worse > 1.25 ? [`${name}: ${was.toFixed(2)} of upstream on Node before, ${is.toFixed(2)} now`] : [];
  });
}

/** Ours as a share of upstream's on Node, by measure. */
export function ratios(rounds: Rounds): Record<string, number> {
  const [own, node] = [OWN, ON_NODE].map((contestant) => medians(rounds.get(contestant) ?? []));
  return Object.fromEntries(
    COMPARED.flatMap(({ name }) => {
      const [ours, theirs] = [own?.get(name), node?.get(name)];
      return ours === undefined || theirs === undefined || theirs === 0 ? [] : [[name, ours / theirs]];
    }),
  );
}

/** Rows of names and values, without those that hardly count. */
function largestFirst(values: [name: string, value: number][]): string[][] {
  return values
    .filter(([, value]) => value >= 0.01)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, value]) => [name, value.toFixed(2)]);
}

function markdown(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`;
  return [header, header.map(() => '---'), ...rows].map(line).join('');
}

function ratio(
  own: number | undefined,
  other: number | undefined,
  { moreIsBetter }: Measure,
  target: number | undefined,
): string {
  // An idle worker may take nothing that can be measured.
  if (own === undefined || other === undefined || other === 0) return '';
  // Targets are for what is shown: more digits are noise.
  const value = (own / other).toFixed(2);
  if (target === undefined) return value;
  const isMet = moreIsBetter ? Number(value) >= target : Number(value) <= target;
  return `${value} (target ${moreIsBetter ? '≥' : '≤'} ${target}${isMet ? '' : ', missed'})`;
}

function withLimit(value: number, { limit }: Measure): string {
  if (limit === undefined) return shown(value);
  return `${shown(value)} (target ≤ ${limit}${value <= limit ? '' : ', missed'})`;
}

function shown(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
