import type { Identifier, Node, StringLiteral } from '@babel/types';

/** Keys of nodes that lead to no code: types, comments, and what the parser notes beside the tree. */
const SKIPPED = new Set(['loc', 'extra', 'errors', 'tokens', 'comments']);

/**
 * Visits `node` and all below it, parents first.
 *
 * @param visit gets the nodes above, the nearest last. What lies below is left out if it returns false.
 */
export function walk(node: Node, visit: (node: Node, above: readonly Node[]) => unknown): void {
  descend(node, [], visit);
}

function descend(node: Node, above: Node[], visit: (node: Node, above: readonly Node[]) => unknown): void {
  if (isType(node)) return;
  if (visit(node, above) === false) return;
  above.push(node);
  for (const [key, value] of Object.entries(node)) {
    if (SKIPPED.has(key) || key.endsWith('Comments')) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) descend(child, above, visit);
    }
  }
  above.pop();
}

function isNode(value: unknown): value is Node {
  return typeof (value as Partial<Node> | null)?.type === 'string';
}

/** Nodes that only the compiler of TypeScript looks at. Others that begin alike hold expressions. */
function isType({ type }: Node): boolean {
  return (
    type.startsWith('TS') &&
    !/^TS(As|Satisfies|NonNull|Instantiation|Export|Enum|Module|Parameter|TypeAssertion)/.test(type)
  );
}

/** The name of a property in an object or a member of an object, if the code tells it. */
export function propertyName(node: Node): string | undefined {
  if (node.type === 'ObjectProperty' || node.type === 'ObjectMethod') return nameOf(node.key, node.computed);
  if (node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression') {
    return nameOf(node.property, node.computed === true);
  }
  return undefined;
}

function nameOf(key: Node, computed: boolean): string | undefined {
  if (key.type === 'StringLiteral') return key.value;
  return key.type === 'Identifier' && !computed ? key.name : undefined;
}

/** The line that a node begins in. */
export function lineOf(node: Node): number {
  return node.loc?.start.line ?? 1;
}

/** The name that an import or an export has outside of its module: an identifier, or a text. */
export function outerName(name: Identifier | StringLiteral): string {
  return name.type === 'Identifier' ? name.name : name.value;
}

/** The dotted name that an expression calls or reads, as in `Math.random`. Undefined for others. */
export function dottedName(node: Node): string | undefined {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'MetaProperty':
      return `${node.meta.name}.${node.property.name}`;
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const [object, property] = [dottedName(node.object), propertyName(node)];
      return object === undefined || property === undefined ? undefined : `${object}.${property}`;
    }
    default:
      return undefined;
  }
}
