import { cp, mkdir, rm } from 'node:fs/promises';

/** A worker that is measured. */
export interface Contestant {
  name: string;
  /** The command that runs a task: `main()` of `work/worker.mjs` with this worker's package, or a program that does the same. */
  command: string[];
}

const folder = `${import.meta.dir}/..`;

export const OWN: Contestant = { name: 'ours', command: [process.execPath, `${folder}/workers/own.ts`] };
export const ON_NODE: Contestant = { name: 'upstream on Node', command: ['node', `${folder}/upstream/worker.mjs`] };
export const ON_BUN: Contestant = {
  name: 'upstream on Bun',
  command: [process.execPath, `${folder}/upstream/worker.mjs`],
};
/** Temporal's own Rust SDK: what core and the network cost with hardly any language on top. */
export const FLOOR: Contestant = { name: 'Rust SDK', command: [`${folder}/../target/release/floor`] };

/** In the order in which they take turns. */
export const CONTESTANTS: readonly Contestant[] = [OWN, ON_NODE, ON_BUN, FLOOR];

/** Ours, which counts its calls to the native library, in every thread. */
export const COUNTING: Contestant = {
  name: 'ours, counting',
  command: [process.execPath, '--preload', `${folder}/workers/count-calls.ts`, `${folder}/workers/own.ts`],
};

/** Gives upstream the files that all workers run. */
export async function copyWork(): Promise<void> {
  await rm(`${folder}/upstream/work`, { recursive: true, force: true });
  await mkdir(`${folder}/upstream/work`);
  await cp(`${folder}/work`, `${folder}/upstream/work`, { recursive: true });
}

/** Removes the bundles that our worker has cached, so that the next start is as the first one. */
export async function forgetBundles(): Promise<void> {
  await rm(`${folder}/node_modules/.cache/temporal-bun-sdk`, { recursive: true, force: true });
}
