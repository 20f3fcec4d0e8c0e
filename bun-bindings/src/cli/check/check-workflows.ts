import { isAbsolute, join, sep } from 'node:path';
import { type FoundModules, modulesOf } from '../../workflow/bundling/build-user-bundle.ts';
import { packageName } from '../../workflow/bundling/bundle-dependencies.ts';
import { findImport, importChain, isEntry } from '../../workflow/bundling/import-chain.ts';
import { SCRIPTS } from '../../workflow/bundling/module-source.ts';
import { activityTypes, ParsedModules } from '../source/exported-names.ts';
import { checkActivityProxies } from './activity-proxies.ts';
import type { Finding, Rule } from './finding.ts';
import { Ignores } from './ignores.ts';
import { findOutsideGlobals } from './outside-globals.ts';
import { checkWorkflowTypes } from './workflow-types.ts';

/** The outcome of {@link checkWorkflows}. */
export interface Checked {
  /** Findings by file and line. */
  findings: Finding[];
  /** Findings that a comment with a reason silences. */
  silenced: number;
  /** Bytes of the sources in the bundle by package, the largest first. Those of the project are under `.`. */
  sizes: { package: string; bytes: number; modules: number }[];
}

export interface CheckOptions {
  /** The module that exports the workflows. */
  workflows: string;
  /** The module that exports the activities of the worker. */
  activities?: string;
  ignoreModules: string[];
  /** Modules with interceptors of workflows. */
  interceptors: string[];
  payloadConverter?: string | undefined;
  failureConverter?: string | undefined;
}

/** The modules of this package. In a checkout they are in no `node_modules`. */
const OWN_MODULES = join(import.meta.dir, '../..');

/**
 * Analyses workflows, interceptors and converters with all modules that they lead to, without running them.
 *
 * Rejects if a module cannot be parsed.
 */
export async function checkWorkflows(options: CheckOptions): Promise<Checked> {
  const { workflows, activities, ignoreModules } = options;
  const found = await modulesOf({
    workflowsPath: workflows,
    workflowInterceptorModules: options.interceptors,
    payloadConverterPath: options.payloadConverter,
    failureConverterPath: options.failureConverter,
    ignoreModules,
    preloadModules: [],
  });
  const modules = new ParsedModules();
  const registered = activities === undefined ? undefined : activityTypes(activities, modules);
  const files = [...found.graph.modules.keys()].filter(isProjects);
  const findings = [
    ...importFindings(found),
    ...checkWorkflowTypes(workflows, modules),
    ...files.flatMap((file) => {
      const { module } = modules.get(file);
      return [...findOutsideGlobals(file, module), ...checkActivityProxies(file, module, registered)];
    }),
  ];
  const ignores = new Map(files.map((file) => [file, new Ignores(file, modules.get(file).text)]));
  const left = findings.filter((finding) => !ignores.get(finding.file)?.silences(finding));
  const bad = [...ignores.values()].flatMap((each) => each.findings);
  return {
    findings: [...left, ...bad].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line),
    silenced: findings.length - left.length,
    sizes: sizesOf(found),
  };
}

function isProjects(file: string): boolean {
  const isPackages = /[\\/]node_modules[\\/]/.test(file) || file.startsWith(OWN_MODULES + sep);
  return isAbsolute(file) && SCRIPTS.test(file) && !isEntry(file) && !isPackages;
}

function importFindings({ graph, disallowed, notInLibrary, notFound }: FoundModules): Finding[] {
  const of = (rule: Rule, why: (specifier: string) => string, remedy: string, imports: FoundModules['notFound']) =>
    imports.map(({ specifier, importer }): Finding => {
      const line = findImport(importer, specifier)?.line ?? 1;
      return { rule, file: importer, line, why: why(specifier), remedy, chain: importChain(importer, graph.imports) };
    });
  return [
    ...of(
      'forbidden-module',
      (specifier) => `'${specifier}' reaches out of the workflow, or is for the other side of the worker`,
      'Use it in an activity; import activities as types only; or name it in `bundlerOptions.ignoreModules` (--ignore) if no workflow calls it.',
      disallowed,
    ),
    ...of(
      'missing-module',
      (specifier) => `'${specifier}' is not in the version of the package that workflows get`,
      'Import what that version has: see the versions of the @temporalio packages.',
      notInLibrary,
    ),
    ...of(
      'missing-module',
      (specifier) => `there is no module '${specifier}'`,
      'Install the package, or correct the path.',
      notFound,
    ),
  ];
}

function sizesOf({ graph }: FoundModules): Checked['sizes'] {
  const sizes = new Map<string, Checked['sizes'][number]>();
  for (const [id, { text }] of graph.modules) {
    if (!isAbsolute(id) || isEntry(id)) continue;
    const inPackages = id.split(/[\\/]node_modules[\\/]/);
    const name = (inPackages.length > 1 && packageName(inPackages.at(-1) as string)) || '.';
    const sum = sizes.get(name) ?? { package: name, bytes: 0, modules: 0 };
    sizes.set(name, { package: name, bytes: sum.bytes + Buffer.byteLength(text), modules: sum.modules + 1 });
  }
  return [...sizes.values()].sort((a, b) => b.bytes - a.bytes);
}
