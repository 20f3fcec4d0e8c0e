import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, relative, resolve, sep } from 'node:path';
import type { BunPlugin } from 'bun';
import { COMPRESSED } from '../../native/embedded-library.ts';
import { findLibrary } from '../../native/library-search.ts';
import { platformName } from '../../native/platform.ts';
import { platformPackage } from '../../native/platform-library.ts';
import { parseOwnBundle } from '../../workflow/bundling/bundle.ts';
import { bundleWorkflowCode } from '../../workflow/bundling/bundler.ts';
import { anyOf } from '../../workflow/bundling/import-rules.ts';
import type { LoadedBundle } from '../../workflow/bundling/loaded-bundle.ts';
import { SCRIPTS } from '../../workflow/bundling/module-source.ts';
import { CommandError } from '../command-error.ts';
import { collectWarnings } from '../warnings.ts';
import { compressInFrames } from './compress.ts';
import { embedFiles } from './embed-files.ts';
import { EmbeddedBundles } from './embedded-bundles.ts';
import { OWN_MODULES } from './own-modules.ts';
import { ThreadEntries } from './thread-entries.ts';
import { findWorkflowOptions, type WorkerModule } from './worker-options.ts';

/** The outcome of {@link compileWorker}. */
export interface CompiledWorker {
  /** The absolute path of the executable. */
  file: string;
  bytes: number;
  /** The workflows inside, by the place that names them. */
  workflows: { place: string; workflowsPath: string; bytes: number }[];
  warnings: string[];
}

/** Options of {@link compileWorker}. */
export interface CompileOptions {
  /** The module that the program starts with. */
  entry: string;
  /** The executable to write. */
  output: string;
  /** Whether code is compiled beforehand, which makes the start faster and the file larger. */
  bytecode: boolean;
  /** Whether a source map is taken in, so that stacks name the lines of the sources. */
  sourcemap: boolean;
  /** Modules that are not taken in: they have to be there when the program runs. */
  external: string[];
}

/**
 * Makes one executable of a worker: the native library, the code of workflow threads and the workflows are inside.
 *
 * Rejects with an Error that names file and line if workflows cannot be bundled, or the program cannot be built.
 */
export async function compileWorker(options: CompileOptions): Promise<CompiledWorker> {
  const { entry, output, bytecode, sourcemap, external } = options;
  const modules = await findWorkerModules(entry, external);
  const warnings: string[] = [];
  const bundles = await bundleWorkflows(modules, warnings);
  const embedded = new EmbeddedBundles(bundles.map(({ loaded }) => loaded));
  const threads = new ThreadEntries([...modules.values()].flatMap(({ threadModules }) => threadModules));
  const program = embedding(entry, modules, embedded, threads);
  const file = resolve(output);
  await built({
    entrypoints: [entry, ...threads.entrypoints],
    // Threads and the program take up the code that they have in common once, and find each other side by side.
    splitting: true,
    naming: { entry: '[name].[ext]', chunk: '[name]-[hash].[ext]' },
    target: 'bun',
    format: 'esm',
    compile: { outfile: file },
    bytecode,
    // Names stay, since types of activities are names of functions.
    minify: { whitespace: true },
    sourcemap: sourcemap ? 'linked' : 'none',
    external,
    plugins: [program, embedded.plugin(), threads.pluginFor(embedded.filesOf(0)), await embeddingLibrary()],
  });
  const { size } = await stat(file);
  if (bundles.length === 0) {
    warnings.push('no module of the program has a `workflowsPath`: no workflows were bundled');
  }
  return { file, bytes: size, workflows: bundles.map(({ loaded: _, ...workflows }) => workflows), warnings };
}

/** A bundle, and where the program names its workflows. */
interface Bundle {
  place: string;
  workflowsPath: string;
  bytes: number;
  loaded: LoadedBundle;
}

/** Finds the modules of the program that name workflows, by their paths. */
async function findWorkerModules(entry: string, external: string[]): Promise<Map<string, WorkerModule>> {
  const found = new Map<string, WorkerModule>();
  let failure: unknown;
  const plugin: BunPlugin = {
    name: 'temporal-worker-options',
    setup(build) {
      build.onLoad({ filter: SCRIPTS }, async ({ path }) => {
        if (/[\\/]node_modules[\\/]/.test(path) || path.startsWith(OWN_MODULES + sep)) return undefined;
        const text = await Bun.file(path).text();
        if (!/workflowsPath|activitiesPath/.test(text)) return undefined;
        try {
          found.set(path, findWorkflowOptions(path, text));
        } catch (error) {
          failure ??= error;
        }
        return undefined;
      });
    },
  };
  await built({ entrypoints: [entry], target: 'bun', packages: 'external', external, plugins: [plugin] });
  if (failure !== undefined) throw failure;
  return found;
}

/** Bundles the workflows of all workers. Not within the build of the program: Bun makes one build after the other. */
async function bundleWorkflows(modules: ReadonlyMap<string, WorkerModule>, warnings: string[]): Promise<Bundle[]> {
  const bundles: Bundle[] = [];
  for (const module of modules.values()) {
    for (const { place, bundle } of module.found) {
      const { code } = await bundleWorkflowCode({ ...bundle, logger: collectWarnings(warnings) });
      const workflowsPath = relative(process.cwd(), bundle.workflowsPath);
      const loaded = parseOwnBundle(code) as LoadedBundle;
      bundles.push({ place, workflowsPath, bytes: Buffer.byteLength(code), loaded });
    }
    warnings.push(...module.warnings);
  }
  return bundles;
}

/** Puts bundles and modules of the executable in the place of the paths that workers name them by. */
function embedding(
  entry: string,
  modules: ReadonlyMap<string, WorkerModule>,
  bundles: EmbeddedBundles,
  threads: ThreadEntries,
): BunPlugin {
  let next = 0;
  const texts = new Map(
    [...modules].map(([path, module]) => [
      path,
      module.withBundles(
        module.found.map(() => bundles.optionOf(next++)),
        (path) => threads.pathOf(path),
      ),
    ]),
  );
  if (next > 0) {
    texts.set(entry, threads.withEarlyStart(texts.get(entry) ?? readFileSync(entry, 'utf8')));
  }
  return {
    name: 'temporal-embedded-workers',
    setup(build) {
      build.onLoad({ filter: anyOf([...texts.keys()]) }, ({ path, loader }) => ({
        contents: texts.get(path) as string,
        loader,
      }));
    },
  };
}

/** Takes in the native library that this process uses, wherever it was found. */
async function embeddingLibrary(): Promise<BunPlugin> {
  const library = findLibrary();
  const contents = await readFile(library);
  const name = platformPackage(platformName());
  const namespace = 'temporal-native-library';
  const file = `${namespace}:${basename(library)}${COMPRESSED}`;
  return {
    name: namespace,
    setup(build) {
      build.onResolve({ filter: anyOf([name]) }, () => ({ path: name, namespace }));
      build.onLoad({ filter: anyOf([name]), namespace }, () => ({
        contents: `import library from '${file}'; export default library;`,
        loader: 'js',
      }));
      embedFiles(build, namespace, () => compressInFrames(contents));
    },
  };
}

async function built(config: Bun.BuildConfig): Promise<void> {
  const { success, logs } = await Bun.build({ ...config, throw: false });
  if (!success) throw new CommandError(['the program cannot be built:', ...logs.map(String)].join('\n  '));
}
