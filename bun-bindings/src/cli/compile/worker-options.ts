import { relative, resolve } from 'node:path';
import type { CallExpression, Node, ObjectExpression } from '@babel/types';
import type { BundleOptions } from '../../workflow/bundling/bundler.ts';
import { parseModule } from '../source/parse-module.ts';
import { NotStaticError, StaticValues } from '../source/static-value.ts';
import { dottedName, propertyName, walk } from '../source/walk.ts';

/** Options in a module that name the workflows of a worker. */
interface WorkflowOptions {
  /** The file and line of `workflowsPath`. */
  place: string;
  /** Files to bundle for the worker. */
  bundle: BundleOptions;
}

/** A module of the program, with the options in it that name workflows. */
export interface WorkerModule {
  found: WorkflowOptions[];
  /** The modules that activity threads import, by absolute path. */
  threadModules: string[];
  /** Warnings about options that have no effect on workflows which are bundled beforehand. */
  warnings: string[];
  /**
   * The text of the module, with bundles in the place of paths.
   *
   * @param bundles code of an expression for each of `found`, whose value is a bundle's text.
   * @param threadModule gives code of an expression for each of `threadModules`, whose value is its path in the program.
   */
  withBundles(bundles: readonly string[], threadModule?: (path: string) => string): string;
}

/** Functions that take a `workflowsPath` and are no workers. */
const BUNDLERS = /(^|\.)(bundleWorkflowCode|WorkflowCodeBundler)$/;

/**
 * Finds the options of workers in a module.
 *
 * @throws Error that names file and line, and what to write, if only the running program knows the options.
 */
export function findWorkflowOptions(file: string, text: string): WorkerModule {
  const module = parseModule(file, text);
  const reader = new OptionsReader(file, module);
  walk(module, (node, above) => {
    if (node.type === 'AssignmentExpression' && propertyName(node.left) === 'workflowsPath') {
      throw reader.error(node, 'it is assigned to after the options were made');
    }
    if (node.type === 'ObjectExpression' && property(node, 'activitiesPath') !== undefined) reader.readThreads(node);
    const isObject = node.type === 'ObjectExpression' && property(node, 'workflowsPath') !== undefined;
    const call = above.at(-1) as CallExpression | undefined;
    if (!isObject || BUNDLERS.test((call?.callee && dottedName(call.callee)) ?? '')) return;
    reader.read(node);
  });
  return {
    found: reader.found.map(({ options }) => options),
    threadModules: reader.threadModules.flatMap(({ paths }) => paths),
    warnings: reader.warnings,
    withBundles: (bundles, threadModule = JSON.stringify) => reader.withBundles(text, bundles, threadModule),
  };
}

/** A replacement of a part of a text. */
interface Edit {
  start: number;
  end: number;
  text: string;
}

/** An option of activity threads that names modules. */
interface ThreadModules {
  property: Node;
  name: string;
  paths: string[];
  isList: boolean;
}

class OptionsReader {
  readonly found: { options: WorkflowOptions; path: Node }[] = [];
  readonly threadModules: ThreadModules[] = [];
  readonly warnings: string[] = [];
  readonly #file: string;
  readonly #values: StaticValues;
  readonly #emptied: Edit[] = [];

  constructor(file: string, module: ReturnType<typeof parseModule>) {
    this.#file = file;
    this.#values = new StaticValues(file, module);
  }

  read(options: ObjectExpression): void {
    const path = property(options, 'workflowsPath') as Node;
    const converter = this.#member(options, 'dataConverter');
    const bundle: BundleOptions = {
      workflowsPath: this.#value(path, 'workflowsPath') as string,
      ...this.#bundlerOptions(options),
      workflowInterceptorModules: this.#interceptors(options),
      payloadConverterPath: this.#converterPath(converter, 'payloadConverterPath'),
      failureConverterPath: this.#converterPath(converter, 'failureConverterPath'),
    };
    if (property(options, 'plugins') !== undefined) {
      this.warnings.push(
        `${this.#place(path)}: plugins of the worker do not change workflows that are bundled beforehand. ` +
          'If one adds interceptors or converters to workflows, pass it to bundleWorkflowCode(), and the result as workflowBundle.',
      );
    }
    this.found.push({ options: { place: this.#place(path), bundle }, path });
  }

  /** Reads `WorkerOptions.activityThreads`. */
  readThreads(options: ObjectExpression): void {
    for (const name of ['activitiesPath', 'interceptorModules', 'dataConverterPath']) {
      const node = property(options, name);
      const value = node && (this.#value(node, `activityThreads.${name}`) as string | string[] | undefined);
      if (node === undefined || value === undefined) continue;
      const paths = [value].flat().map((path) => resolve(path));
      this.threadModules.push({ property: node, name, paths, isList: Array.isArray(value) });
    }
  }

  /** The parts of `bundlerOptions` that can be told without running the program: lists of names. */
  #bundlerOptions(options: ObjectExpression): Partial<BundleOptions> {
    const node = property(options, 'bundlerOptions');
    if (node === undefined) return {};
    const value = this.#value(valueNode(node), 'bundlerOptions') as Partial<BundleOptions> | undefined;
    this.#replace(node, 'bundlerOptions: undefined');
    return value ?? {};
  }

  #interceptors(options: ObjectExpression): string[] {
    const interceptors = this.#member(options, 'interceptors');
    const node = interceptors && property(interceptors, 'workflowModules');
    if (node === undefined) return [];
    const modules = this.#value(valueNode(node), 'interceptors.workflowModules') as string[] | undefined;
    this.#replace(node, 'workflowModules: []');
    return modules ?? [];
  }

  #converterPath(converter: ObjectExpression | undefined, name: string): string | undefined {
    const node = converter && property(converter, name);
    return node && (this.#value(valueNode(node), `dataConverter.${name}`) as string);
  }

  /** The object that an option is, in the options or as a constant. Undefined if the option is not there. */
  #member(options: ObjectExpression, name: string): ObjectExpression | undefined {
    const node = property(options, name);
    if (node === undefined) return undefined;
    const value = this.#values.expression(valueNode(node));
    if (value.type === 'ObjectExpression') return value;
    if (dottedName(value) === 'undefined') return undefined;
    throw this.error(value, `${name} is not an object in this module`);
  }

  #value(node: Node, option: string): unknown {
    try {
      return this.#values.valueOf(valueNode(node));
    } catch (cause) {
      if (cause instanceof NotStaticError)
        throw this.error(cause.node, `the value of ${option} only shows when it runs`);
      throw this.error(node, `${option}: ${(cause as Error).message}`);
    }
  }

  #replace({ start, end }: Node, text: string): void {
    this.#emptied.push({ start: start as number, end: end as number, text });
  }

  withBundles(text: string, bundles: readonly string[], threadModule: (path: string) => string): string {
    const edits: Edit[] = [
      ...this.#emptied,
      ...this.found.map(({ path: { start, end } }, index) => ({
        start: start as number,
        end: end as number,
        text: `workflowBundle: ${bundles[index]}`,
      })),
      ...this.threadModules.map(({ property: { start, end }, name, paths, isList }) => {
        const modules = paths.map(threadModule).join(', ');
        return { start: start as number, end: end as number, text: `${name}: ${isList ? `[${modules}]` : modules}` };
      }),
    ];
    // The modules that these name are not there when the program runs.
    for (const [{ start, end }, value] of this.#values.places) {
      edits.push({ start: start as number, end: end as number, text: JSON.stringify(value) });
    }
    const outermost = edits.filter((edit) => !edits.some((other) => other !== edit && contains(other, edit)));
    return outermost
      .sort((a, b) => b.start - a.start)
      .reduce((changed, { start, end, text: by }) => changed.slice(0, start) + by + changed.slice(end), text);
  }

  #place(node: Node): string {
    return `${relative(process.cwd(), this.#file)}:${node.loc?.start.line}`;
  }

  error(node: Node, reason: string): Error {
    return new Error(
      `${this.#place(node)}: cannot bundle the modules of this worker beforehand, since ${reason}. ` +
        "Write the path out, as in `workflowsPath: require.resolve('./workflows')`, or make a bundle with `temporal-bun bundle` " +
        "and import it: `import code from './workflow-bundle.js' with { type: 'text' }` for `workflowBundle: { code }`.",
    );
  }
}

function contains(outer: Edit, inner: Edit): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** The property of an object in the code. */
function property(object: ObjectExpression, name: string): Node | undefined {
  return object.properties.find((each) => propertyName(each) === name);
}

function valueNode(node: Node): Node {
  return node.type === 'ObjectProperty' ? node.value : node;
}
