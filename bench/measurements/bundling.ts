import { type Contestant, forgetBundles, OWN } from '../lib/contestants.ts';
import type { Figures } from '../lib/figures.ts';
import { WorkerProcess } from '../lib/worker-process.ts';

/** Bundles in a process of its own, as a worker that starts does: the first time, with nothing cached, and once again. */
export async function bundling(contestant: Contestant): Promise<Figures> {
  const figures: Figures = new Map();
  for (const [name, workflows] of [
    ['hello', './workflows.ts'],
    ['1 MB library', './large.ts'],
  ]) {
    if (contestant === OWN) await forgetBundles();
    await using worker = new WorkerProcess(contestant, 'bundle', { workflows, times: 2 });
    const [first = Number.NaN, again = Number.NaN] = (await worker.hear('bundled')).took;
    figures.set(`bundling ${name}`, first);
    figures.set(`bundling ${name} again`, again);
  }
  return figures;
}
