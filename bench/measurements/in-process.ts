import type { Figures } from '../lib/figures.ts';

/** Measures that depend on how fast the machine wakes a thread of another core: they are taken on one core as well. */
const WAKING = ['completions', 'wakes'];

/** Runs the measurements of `../in-process`, each in a process of its own. */
export function inProcess(): Figures {
  const figures: Figures = new Map();
  for (const name of ['isolate', 'plain-threads', ...WAKING]) add(figures, name, '');
  for (const name of WAKING) add(figures, name, ', on one core', ['taskset', '--cpu-list', '0']);
  return figures;
}

/** @param command what runs the measurement. @default it runs by itself */
function add(figures: Figures, name: string, suffix: string, command: string[] = []): void {
  const { stdout } = Bun.spawnSync([...command, process.execPath, `${import.meta.dir}/../in-process/${name}.ts`], {
    stderr: 'inherit',
  });
  const measured = JSON.parse(stdout.toString()) as Record<string, number>;
  for (const [figure, value] of Object.entries(measured)) figures.set(`${figure}${suffix}`, value);
}
