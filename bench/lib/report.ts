import { CONTESTANTS, type Contestant, ON_BUN, ON_NODE, OWN } from './contestants.ts';
import { type Figures, medians } from './figures.ts';
import { MEASURES, type Measure } from './measures.ts';

/** The figures of all rounds, by contestant. */
export type Rounds = Map<Contestant, Figures[]>;

/** The medians of our worker and of upstream's, and their ratios, as a table. */
export function table(rounds: Rounds): string {
  const of = new Map(CONTESTANTS.map((contestant) => [contestant, medians(rounds.get(contestant) ?? [])]));
  const rows = MEASURES.flatMap((measure) => {
    const [own, node, bun] = [OWN, ON_NODE, ON_BUN].map((contestant) => of.get(contestant)?.get(measure.name));
    if (own === undefined) return [];
    const cells = [
      `${measure.name}, ${measure.unit}`,
      ...[own, node, bun].map(shown),
      ratio(own, node, measure, measure.target?.node),
      ratio(own, bun, measure, measure.target?.bun),
    ];
    return [`| ${cells.join(' | ')} |`];
  });
  return `| median | ours | upstream on Node | upstream on Bun | ours / Node | ours / Bun |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

/** Where the CPU time of a hello workflow goes, by thread. */
export function threadTable(rounds: Rounds): string {
  const own = medians(rounds.get(OWN) ?? []);
  const rows = [...own]
    .filter(([name, ms]) => name.startsWith('thread ') && ms >= 0.01)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, ms]) => `| ${name.slice('thread '.length)} | ${ms.toFixed(2)} |`);
  return `| threads of ours | CPU ms a hello workflow |\n| --- | --- |\n${rows.join('\n')}\n`;
}

/** Ratios that have become worse than they were by more than the noise of these measurements. */
export function regressions(rounds: Rounds, before: Record<string, number>): string[] {
  const now = ratios(rounds);
  return MEASURES.flatMap(({ name, moreIsBetter }) => {
    const [was, is] = [before[name], now[name]];
    if (was === undefined || is === undefined) return [];
    const worse = moreIsBetter ? was / is : is / was;
    return worse > 1.25 ? [`${name}: ${was.toFixed(2)} of upstream on Node before, ${is.toFixed(2)} now`] : [];
  });
}

/** Ours as a share of upstream's on Node, by measure. */
export function ratios(rounds: Rounds): Record<string, number> {
  const [own, node] = [OWN, ON_NODE].map((contestant) => medians(rounds.get(contestant) ?? []));
  return Object.fromEntries(
    MEASURES.flatMap(({ name }) => {
      const [ours, theirs] = [own?.get(name), node?.get(name)];
      return ours === undefined || theirs === undefined || theirs === 0 ? [] : [[name, ours / theirs]];
    }),
  );
}

function ratio(own: number, other: number | undefined, { moreIsBetter }: Measure, target: number | undefined): string {
  if (other === undefined) return '';
  const value = own / other;
  if (target === undefined) return value.toFixed(2);
  const isMet = moreIsBetter ? value >= target : value <= target;
  return `${value.toFixed(2)} (target ${moreIsBetter ? '≥' : '≤'} ${target}${isMet ? '' : ', missed'})`;
}

function shown(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
