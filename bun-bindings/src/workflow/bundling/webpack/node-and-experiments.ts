import { refusal, wrongValue } from './refusal.ts';

/** Experiments that change nothing in what is bundled here, or only allow what is refused where it stands. */
const WITHOUT_EFFECT = new Set([
  'backCompat',
  'cacheUnaffected',
  'deferImport',
  'layers',
  'lazyCompilation',
  'outputModule',
  'topLevelAwait',
]);

/** Throws for an experiment that is switched on and would make another bundle. */
export function checkExperiments(experiments: unknown): void {
  for (const [name, value] of membersOf('experiments', experiments)) {
    if (!value || WITHOUT_EFFECT.has(name)) continue;
    throw refusal(
      `experiments.${name}`,
      'leave it out. What workflow code needs can be transformed by `bundlerOptions.bunPlugins`',
    );
  }
}

/** Throws for a setting of `node` that needs another value than modules find here: a mock, as is usual for the web. */
export function checkNode(node: unknown): void {
  // Names that are left alone are not there with webpack. That they are here does no harm.
  if (node === false) return;
  for (const [name, value] of membersOf('node', node)) {
    if (name === 'global') continue;
    if (name !== '__dirname' && name !== '__filename') {
      throw refusal(`node.${name}`, 'name a module in `resolve.fallback`, or provide it with a ProvidePlugin');
    }
    if (value === true) throw refusal(`node.${name}: true`, `use 'mock', or define ${name} with a DefinePlugin`);
  }
}

function membersOf(property: string, value: unknown): [string, unknown][] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) throw wrongValue(property, 'an object');
  return Object.entries(value).filter(([, member]) => member !== undefined);
}
