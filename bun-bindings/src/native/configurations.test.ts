import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * Compares the configurations that this folder sends as JSON with the Rust types that read them: the names of fields and
 * the values of enumerations must be the same on both sides.
 */
const CONFIGURATIONS = [
  ['NativeRuntimeConfig', 'RuntimeOptions'],
  ['NativeClientConfig', 'ClientConfig'],
  ['NativeCallOptions', 'RawOptions'],
  ['NativeWorkerConfig', 'Config'],
  ['NativeMetricConfig', 'MetricConfig'],
  ['NativeDevServerConfig', 'DevServerOptions'],
  ['NativeTestServerConfig', 'TestServerOptions'],
  ['NativeEmbeddedServerConfig', 'EmbeddedServerConfig'],
] as const;

/** Objects whose `type` says how to read the rest: Rust keeps these until it has read the fields around them. */
const TAGGED = ['Versioning', 'SlotSupplier', 'PollerBehavior'];

const bridge = join(import.meta.dir, '../../../src');

/** The words of a type, and the names of the types that it consists of. */
interface Declaration {
  words: string[];
  types: string[];
}

test.each(CONFIGURATIONS)('%s has the fields and values of %s', (typeScript, rust) => {
  const sent = wordsFrom(typeScript, typeScriptTypes);
  sent.delete('type');
  const read = wordsFrom(rust, rustTypes);
  expect(read.size).toBeGreaterThan(2);
  expect([...sent].sort()).toEqual([...read].sort());
});

/** The words of `root` and of all types that it consists of. */
function wordsFrom(root: string, declarations: ReadonlyMap<string, Declaration>): Set<string> {
  if (!declarations.has(root)) throw new Error(`There is no type ${root}`);
  const words = new Set<string>();
  const reached = new Set([root]);
  for (const name of reached) {
    const declaration = declarations.get(name);
    for (const word of declaration?.words ?? []) words.add(word);
    for (const type of declaration?.types ?? []) reached.add(type);
  }
  return words;
}

const typeScriptTypes = new Map<string, Declaration>();
for (const file of readdirSync(import.meta.dir).filter((name) => name.endsWith('.ts'))) {
  const source = ts.createSourceFile(file, readFileSync(join(import.meta.dir, file), 'utf8'), ts.ScriptTarget.ESNext);
  for (const statement of source.statements) {
    if (!ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement)) continue;
    const declaration: Declaration = { words: [], types: [] };
    collect(statement, declaration);
    typeScriptTypes.set(statement.name.text, declaration);
  }
}

function collect(node: ts.Node, declaration: Declaration): void {
  if (ts.isPropertySignature(node) && ts.isIdentifier(node.name)) declaration.words.push(node.name.text);
  if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) declaration.words.push(node.literal.text);
  if (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)) declaration.types.push(node.typeName.text);
  if (ts.isExpressionWithTypeArguments(node) && ts.isIdentifier(node.expression))
    declaration.types.push(node.expression.text);
  ts.forEachChild(node, (child) => collect(child, declaration));
}

const rustTypes = new Map<string, Declaration>([['Tagged', { words: [], types: TAGGED }]]);
for (const file of readdirSync(bridge, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.rs'))) {
  const [source = ''] = readFileSync(join(bridge, file), 'utf8').split('#[cfg(test)]');
  const items = source.matchAll(
    /#\[derive\([^)]*\bDeserialize\b[^)]*\)\]\s*((?:#\[[^\]]*\]\s*)*)(?:pub )?(struct|enum) (\w+) \{\n([\s\S]*?)\n\}/g,
  );
  for (const [, attributes = '', kind, name = '', body = ''] of items) {
    rustTypes.set(name, kind === 'struct' ? structOf(body) : enumOf(body, attributes));
  }
}

/** Fields are in camel case in all configurations. */
function structOf(body: string): Declaration {
  const fields = [...body.matchAll(/^ +(?:pub )?(\w+): (.*),$/gm)];
  return {
    words: fields.map(([, field = '']) => field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())),
    types: fields.flatMap(([, , type = '']) => type.match(/\w+/g) ?? []),
  };
}

function enumOf(body: string, attributes: string): Declaration {
  const variants = [...body.matchAll(/^ {4}(\w+)(?:\((\w+)\))?/gm)];
  const separator = attributes.includes('rename_all = "kebab-case"') ? '-' : '';
  const isLower = !attributes.includes('rename_all = "camelCase"');
  const { words, types } = structOf(body);
  return {
    words: [...words, ...variants.map(([, variant = '']) => variantName(variant, separator, isLower))],
    types: [...types, ...variants.flatMap(([, , type]) => type ?? [])],
  };
}

function variantName(variant: string, separator: string, isLower: boolean): string {
  const name = variant.replace(/(?<=[a-z])[A-Z]/g, (letter) => `${separator}${letter}`);
  return isLower ? name.toLowerCase() : `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}
