import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Expression, File, Node } from '@babel/types';
import { dottedName, propertyName, walk } from './walk.ts';

/** An expression whose value only shows when the program runs. */
export class NotStaticError extends Error {
  override readonly name = 'NotStaticError';
  /** The expression. */
  readonly node: Node;

  constructor(node: Node) {
    super('its value only shows when the program runs');
    this.node = node;
  }
}

/** A value of a module that was made out without running it, such as the path in `require.resolve('./workflows')`. */
export class StaticValues {
  readonly #file: string;
  readonly #constants: Map<string, Expression>;
  /** Expressions that name a module by its place on disk, with their values, in the order in which they were met. */
  readonly places = new Map<Node, string>();

  constructor(file: string, module: File) {
    this.#file = file;
    this.#constants = constantsOf(module);
  }

  /** The expression itself, or the one that a constant of the module was made with. */
  expression(node: Node): Node {
    if (isWrapped(node)) return this.expression(node.expression);
    const constant = node.type === 'Identifier' ? this.#constants.get(node.name) : undefined;
    return constant === undefined ? node : this.expression(constant);
  }

  /** The value of an expression. @throws NotStaticError if the program has to run to make it out */
  valueOf(given: Node): unknown {
    const node = this.expression(given);
    switch (node.type) {
      case 'StringLiteral':
      case 'NumericLiteral':
      case 'BooleanLiteral':
        return node.value;
      case 'NullLiteral':
        return null;
      case 'TemplateLiteral': {
        const values = node.expressions.map((each) => String(this.valueOf(each)));
        return node.quasis.map(({ value }, index) => `${value.cooked}${values[index] ?? ''}`).join('');
      }
      case 'ArrayExpression':
        return node.elements.map((element) => this.#required(element));
      case 'ObjectExpression':
        return this.#object(node.properties);
      case 'Identifier':
        if (node.name === 'undefined') return undefined;
        break;
      case 'NewExpression':
        if (dottedName(node.callee) === 'URL') return this.#url(node, node.arguments);
        break;
      case 'CallExpression':
        return this.#call(node, node.callee, node.arguments);
    }
    return this.#named(node);
  }

  #required(node: Node | null): unknown {
    if (node === null) return undefined;
    return this.valueOf(node);
  }

  #object(properties: readonly Node[]): object {
    const entries = properties.map((property) => {
      const name = propertyName(property);
      if (property.type !== 'ObjectProperty' || name === undefined) throw new NotStaticError(property);
      return [name, this.valueOf(property.value)];
    });
    return Object.fromEntries(entries);
  }

  #url(node: Node, [path, base]: readonly Node[]): URL {
    if (path === undefined) throw new NotStaticError(node);
    const url = new URL(String(this.valueOf(path)), base && String(this.valueOf(base)));
    this.places.set(node, url.href);
    return url;
  }

  #call(node: Node, callee: Node, [first, ...rest]: readonly Node[]): unknown {
    const name = dottedName(callee)?.replace(/^(path|url|Bun)\./, '');
    const text = (argument: Node | undefined) => String(this.valueOf(argument ?? node));
    switch (name) {
      case 'require.resolve':
        return this.#place(node, this.#resolved(text(first), dirname(this.#file)));
      case 'import.meta.resolveSync':
        return this.#place(node, this.#resolved(text(first), dirname(this.#file)));
      case 'resolveSync':
        return this.#place(node, this.#resolved(text(first), text(rest[0])));
      case 'import.meta.resolve':
        return this.#place(node, pathToFileURL(this.#resolved(text(first), dirname(this.#file))).href);
      case 'fileURLToPath':
        return fileURLToPath(text(first));
      case 'join':
      case 'resolve': {
        const parts = [first, ...rest].map(text);
        return name === 'join' ? join(...parts) : resolve(...parts);
      }
      default:
        throw new NotStaticError(node);
    }
  }

  #resolved(specifier: string, folder: string): string {
    return Bun.resolveSync(specifier, folder);
  }

  #place(node: Node, value: string): string {
    this.places.set(node, value);
    return value;
  }

  #named(node: Node): unknown {
    switch (dottedName(node)) {
      case '__dirname':
      case 'import.meta.dir':
      case 'import.meta.dirname':
        return dirname(this.#file);
      case '__filename':
      case 'import.meta.path':
      case 'import.meta.filename':
        return this.#file;
      case 'import.meta.url':
        return pathToFileURL(this.#file).href;
    }
    const member = propertyName(node);
    if (node.type === 'MemberExpression' && (member === 'pathname' || member === 'href')) {
      const url = this.valueOf(node.object);
      if (url instanceof URL) return url[member];
    }
    throw new NotStaticError(node);
  }
}

function isWrapped(node: Node): node is Node & { expression: Expression } {
  return /^(TSAsExpression|TSSatisfiesExpression|TSNonNullExpression|ParenthesizedExpression)$/.test(node.type);
}

/** The constants of a module with what they are made with. A name that is declared twice is none. */
function constantsOf(module: File): Map<string, Expression> {
  const found = new Map<string, Expression>();
  const seen = new Set<string>();
  walk(module, (node) => {
    if (node.type !== 'VariableDeclaration') return;
    for (const { id, init } of node.declarations) {
      if (id.type !== 'Identifier') continue;
      if (node.kind === 'const' && init && !seen.has(id.name)) found.set(id.name, init);
      else found.delete(id.name);
      seen.add(id.name);
    }
  });
  return found;
}
