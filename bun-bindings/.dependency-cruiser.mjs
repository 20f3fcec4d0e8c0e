/**
 * The directions of imports in `src`, checked by `bun run check`. A folder may import from the folders in its line, from
 * itself, and from the shared files (those that lie in `src` and import nothing but each other). Imports of types count.
 *
 * The order is from the lowest floor to the highest: a folder only names folders above its own line.
 */
const allowed = {
  native: [],
  runtime: ['native'],
  connection: ['native', 'runtime'],
  config: ['connection'],
  activity: ['runtime'],
  nexus: [],
  'workflow/bundling': [],
  'workflow/codec': [],
  'workflow/sandbox/inside': [],
  'workflow/sandbox': ['workflow/bundling', 'workflow/sandbox/inside'],
  'workflow/threads': ['native', 'workflow/bundling', 'workflow/codec', 'workflow/sandbox'],
  'activity/threads': ['native', 'runtime', 'connection', 'activity', 'workflow/threads'],
  'worker/sinks': [],
  'worker/tuner': ['native'],
  'worker/options': ['native', 'connection', 'activity', 'nexus', 'workflow', 'worker/sinks', 'worker/tuner'],
  'worker/replay': ['workflow', 'worker/options'],
  'worker/tasks': ['native', 'activity', 'nexus', 'workflow', 'worker/options', 'worker/sinks'],
  'worker/lifecycle': ['native', 'runtime', 'connection', 'activity', 'workflow', 'worker/options', 'worker/tasks'],
  'worker/health': ['runtime', 'connection', 'worker/options', 'worker/lifecycle'],
  worker: ['native', 'runtime', 'connection', 'config', 'activity', 'nexus', 'workflow'],
  'testing/explore': ['workflow', 'worker', 'testing'],
  testing: ['native', 'runtime', 'connection', 'activity', 'workflow/bundling', 'workflow/threads'],
  cli: ['native', 'runtime', 'connection', 'config', 'workflow', 'worker', 'testing'],
};

/** Files in `src` that every folder may import. */
const shared =
  '^src/(errors|hot-mode|interceptors|is-bundled|older-common|older-storage|option-checks|own-frames|promise-any|reference-search|sdk-version|serialize-error|timers)[.]ts$';

const folders = Object.entries(allowed);

/** Folders inside of `folder` that have a line of their own. */
const inner = (folder) => folders.map(([other]) => other).filter((other) => other.startsWith(`${folder}/`));

const directions = folders.map(([folder, targets], line) => {
  const known = new Set(folders.slice(0, line).map(([name]) => name));
  for (const target of targets) {
    if (!known.has(target) && inner(target).length === 0)
      throw new Error(`${folder} names ${target}, which does not lie below it`);
  }
  return {
    name: `imports of ${folder}`,
    comment: 'A folder imports only from those that its line in .dependency-cruiser.mjs names.',
    severity: 'error',
    from: { path: `^src/${folder}/`, pathNot: inner(folder).map((other) => `^src/${other}/`) },
    to: {
      path: '^src/',
      // A folder may import what lies inside of it, as `worker` does.
      pathNot: [shared, ...[folder, ...targets].map((target) => `^src/${target}/`)],
    },
  };
});

/** A folder of `src` that has no line is not checked, so it must have one. */
const everyFolder = {
  name: 'folder without a line',
  comment: 'Say in .dependency-cruiser.mjs what the folder may import.',
  severity: 'error',
  from: { path: '^src/[^/]+/', pathNot: folders.map(([folder]) => `^src/${folder}/`) },
  to: {},
};

export default {
  forbidden: [
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'shared files',
      comment: 'What every folder may import must not import a folder.',
      severity: 'error',
      from: { path: shared },
      to: { path: '^src/', pathNot: shared },
    },
    {
      name: 'imports on demand in workflow threads',
      comment: 'They go through the event loop, which stands still while a thread waits for its queue: use require().',
      severity: 'error',
      from: { path: '^src/workflow/(codec|sandbox|threads)/' },
      to: { dynamic: true, dependencyTypesNot: ['type-only', 'type-import'] },
    },
    everyFolder,
    ...directions,
  ],
  options: {
    includeOnly: '^(src|package[.]json)',
    exclude: '[.]test[.]ts$|[.]generated[.]',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mts', '.js', '.json'] },
  },
};
