import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import type { BunPlugin, PluginBuilder } from 'bun';
import { COMPRESSED } from '../../native/embedded-library.ts';
import { findLibrary } from '../../native/library-search.ts';
import { platformName } from '../../native/platform.ts';
import { platformPackage } from '../../native/platform-library.ts';
import { bundleWorkflowCode } from '../../workflow/bundling/bundler.ts';
import { anyOf } from '../../workflow/bundling/import-rules.ts';
import { SCRIPTS } from '../../workflow/bundling/module-source.ts';
import { CommandError } from '../command-error.ts';
import { collectWarnings } from '../warnings.ts';
import { compress } from './compress.ts';
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

/** The modules of this package. In a checkout they are in no `node_modules`. */
const OWN_MODULES = join(import.meta.dir, '../..');
/** The namespace of bundles: modules by number, whose value is the text, and the files that these read. */
const BUNDLES = 'temporal-workflow-bundle';

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
  const threads = new ThreadEntries([...modules.values()].flatMap(({ threadModules }) => threadModules));
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
    plugins: [embedding(entry, modules, bundles, threads), threads.pluginFor(bundleFile(0)), await embeddingLibrary()],
  });
  const { size } = await stat(file);
  if (bundles.length === 0) {
    warnings.push('no module of the program has a `workflowsPath`: no workflows were bundled');
  }
  return { file, bytes: size, workflows: bundles.map(({ code: _, ...workflows }) => workflows), warnings };
}

/** A bundle, and where the program names its workflows. */
interface Bundle {
  place: string;
  workflowsPath: string;
  bytes: number;
  code: string;
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
      bundles.push({ place, workflowsPath, bytes: Buffer.byteLength(code), code });
    }
    warnings.push(...module.warnings);
  }
  return bundles;
}

/** Puts bundles and modules of the executable in the place of the paths that workers name them by. */
function embedding(
  entry: string,
  modules: ReadonlyMap<string, WorkerModule>,
  bundles: readonly Bundle[],
  threads: ThreadEntries,
): BunPlugin {
  let next = 0;
  const texts = new Map(
    [...modules].map(([path, module]) => [
      path,
      module.withBundles(
        module.found.map(() => `require("${BUNDLES}:${next++}").default`),
        (path) => threads.pathOf(path),
      ),
    ]),
  );
  if (bundles.length > 0) {
    texts.set(entry, threads.withEarlyStart(texts.get(entry) ?? readFileSync(entry, 'utf8')));
  }
  return {
    name: BUNDLES,
    setup(build) {
      build.onLoad({ filter: anyOf([...texts.keys()]) }, ({ path, loader }) => ({
        contents: texts.get(path) as string,
        loader,
      }));
      build.onLoad({ filter: /^\d+$/, namespace: BUNDLES }, ({ path }) => ({
        contents: readingBundle(Number(path)),
        loader: 'js',
      }));
      embedFiles(build, BUNDLES, (path) => bundles[Number.parseInt(path, 10)]?.code ?? '');
    },
  };
}

/** The specifier of the file with a bundle. */
function bundleFile(number: number): string {
  return `${BUNDLES}:${number}${COMPRESSED}`;
}

/** A module whose value is the text of a bundle. As a literal it would take up twice its size, or four times. */
function readingBundle(number: number): string {
  return `import { readFileSync } from 'node:fs';
    import file from '${bundleFile(number)}';
    export default new TextDecoder().decode(Bun.zstdDecompressSync(readFileSync(file)));`;
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
      embedFiles(build, namespace, () => contents);
    },
  };
}

/** Takes in what is imported as `NAMESPACE:NAME`, as a compressed file. */
function embedFiles(build: PluginBuilder, namespace: string, contentsOf: (name: string) => Uint8Array | string): void {
  build.onResolve({ filter: new RegExp(`^${namespace}:`) }, ({ path }) => ({
    path: path.slice(namespace.length + 1),
    namespace,
  }));
  build.onLoad({ filter: new RegExp(`\\${COMPRESSED}$`), namespace }, ({ path }) => ({
    contents: compress(contentsOf(path)),
    loader: 'file',
  }));
}

async function built(config: Bun.BuildConfig): Promise<void> {
  const { success, logs } = await Bun.build({ ...config, throw: false });
  if (!success) throw new CommandError(['the program cannot be built:', ...logs.map(String)].join('\n  '));
}
