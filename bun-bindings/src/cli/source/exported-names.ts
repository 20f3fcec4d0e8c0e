import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { File, Node } from '@babel/types';
import { SCRIPTS } from '../../workflow/bundling/module-source.ts';
import { parseModule } from './parse-module.ts';
import { lineOf, outerName, propertyName, walk } from './walk.ts';

/** An export of a module. */
export interface ExportedName {
  name: string;
  /** The file and the line that declare it, or where it is exported if that is a package's. */
  file: string;
  line: number;
  /** The name of the function behind it, if the code tells. */
  functionName?: string;
}

/** Modules by their files, parsed once. */
export class ParsedModules {
  readonly #modules = new Map<string, { text: string; module: File }>();

  get(file: string): { text: string; module: File } {
    const known = this.#modules.get(file);
    if (known !== undefined) return known;
    const text = readFileSync(file, 'utf8');
    const made = { text, module: parseModule(file, text) };
    this.#modules.set(file, made);
    return made;
  }
}

/** Lists the exports of a module at run time, with those that `export * from` passes on. A name may be there twice. */
export function exportedNames(file: string, modules: ParsedModules, seen = new Set<string>()): ExportedName[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const { module } = modules.get(file);
  return module.program.body.flatMap((statement) => exportsOf(statement, file, modules, seen));
}

function exportsOf(statement: Node, file: string, modules: ParsedModules, seen: Set<string>): ExportedName[] {
  const at = (node: Node) => ({ file, line: lineOf(node) });
  if (statement.type === 'ExportAllDeclaration' && statement.exportKind !== 'type') {
    const from = resolved(statement.source.value, file);
    return from === undefined ? [] : exportedNames(from, modules, seen).filter(({ name }) => name !== 'default');
  }
  if (statement.type === 'ExportDefaultDeclaration') return [{ name: 'default', ...at(statement) }];
  if (statement.type !== 'ExportNamedDeclaration' || statement.exportKind === 'type') return [];
  const { declaration, specifiers, source } = statement;
  if (declaration) return declared(declaration).map((each) => ({ ...each, ...at(statement) }));
  return specifiers.flatMap((specifier): ExportedName[] => {
    const name = outerName(specifier.exported);
    if (specifier.type !== 'ExportSpecifier') return [{ name, ...at(specifier) }];
    if (specifier.exportKind === 'type') return [];
    const localName = outerName(specifier.local);
    const from = source ? resolved(source.value, file) : undefined;
    const origin =
      from === undefined ? undefined : exportedNames(from, modules).find((each) => each.name === localName);
    return [{ name, ...at(specifier), functionName: origin?.functionName ?? localName }];
  });
}

/** The names that a declaration declares, without those of types. */
function declared(declaration: Node): { name: string; functionName?: string }[] {
  if (declaration.type === 'FunctionDeclaration' && declaration.id) {
    return [{ name: declaration.id.name, functionName: declaration.id.name }];
  }
  if (declaration.type !== 'VariableDeclaration') return [];
  return declaration.declarations.flatMap(({ id, init }) => {
    if (id.type === 'ObjectPattern') return id.properties.flatMap((each) => ({ name: propertyName(each) ?? '' }));
    if (id.type !== 'Identifier') return [];
    const named = init?.type === 'FunctionExpression' ? init.id?.name : undefined;
    return [{ name: id.name, functionName: named ?? (/Function/.test(init?.type ?? '') ? id.name : undefined) }];
  });
}

function resolved(specifier: string, importer: string): string | undefined {
  try {
    const file = Bun.resolveSync(specifier, dirname(importer));
    return SCRIPTS.test(file) ? file : undefined;
  } catch {
    return undefined; // the bundler says so
  }
}

/**
 * Lists the types of activities in a module: its exports, and the members of objects that its functions return, as in
 * `createActivities(database)`.
 */
export function activityTypes(file: string, modules: ParsedModules): Set<string> {
  const types = new Set(exportedNames(file, modules).map(({ name }) => name));
  walk(modules.get(file).module, (node, above) => {
    if (
      node.type !== 'ObjectExpression' ||
      !/^(ReturnStatement|ArrowFunctionExpression)$/.test(above.at(-1)?.type ?? '')
    )
      return;
    for (const property of node.properties) {
      const name = propertyName(property);
      if (name !== undefined) types.add(name);
    }
  });
  return types;
}
