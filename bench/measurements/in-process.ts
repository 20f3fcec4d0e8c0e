import type { Figures } from '../lib/figures.ts';

/** Runs the measurements of `../in-process`, each in a process of its own. */
export function inProcess(): Figures {
  return new Map(
    ['isolate', 'completions'].flatMap((name) => {
      const { stdout } = Bun.spawnSync([process.execPath, `${import.meta.dir}/../in-process/${name}.ts`], {
        stderr: 'inherit',
      });
      return Object.entries(JSON.parse(stdout.toString()) as Record<string, number>);
    }),
  );
}
