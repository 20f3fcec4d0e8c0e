import type { File, Node } from '@babel/types';
import { dottedName, lineOf, walk } from '../source/walk.ts';
import type { Finding } from './finding.ts';

const IN_ACTIVITY = 'Do it in an activity, and call that.';

/** Globals that workflow code must not use, with the reason. Those that the sandbox makes deterministic are not here. */
const OUTSIDE: Record<string, [why: string, remedy: string]> = {
  fetch: [
    'does not exist in workflows: an answer from outside is another one when the workflow is replayed',
    IN_ACTIVITY,
  ],
  XMLHttpRequest: ['does not exist in workflows', IN_ACTIVITY],
  WebSocket: ['does not exist in workflows', IN_ACTIVITY],
  EventSource: ['does not exist in workflows', IN_ACTIVITY],
  Worker: ['does not exist in workflows: threads run in another order each time', IN_ACTIVITY],
  Bun: ['does not exist in workflows: it reaches files, processes and the network', IN_ACTIVITY],
  setImmediate: [
    'does not exist in workflows, which have no event loop with turns',
    'Use `await sleep(…)` of @temporalio/workflow, or `queueMicrotask`.',
  ],
  MessageChannel: ['does not exist in workflows, which have no event loop with turns', 'Use `queueMicrotask`.'],
  WeakRef: [
    'throws in workflows: collection of garbage comes at another time in each replay',
    'Keep the object itself.',
  ],
  FinalizationRegistry: [
    'throws in workflows: collection of garbage comes at another time in each replay',
    'Clean up in a `finally`.',
  ],
  'Atomics.wait': [
    'blocks the thread of all workflows, and throws',
    'Use `await condition(…)` of @temporalio/workflow.',
  ],
  'WebAssembly.compile': [
    'ends in another thread, at another time in each replay, and throws',
    'Use `new WebAssembly.Module(…)`.',
  ],
  'WebAssembly.instantiate': [
    'ends in another thread, at another time in each replay, and throws',
    'Use `new WebAssembly.Instance(…)`.',
  ],
  'process.env': [
    'is empty in workflows: the environment of a later worker may be another one',
    'Pass the setting as an argument, or read it in a local activity.',
  ],
};

/** Finds globals in a module that workflows do not have, or that do not do the same in each replay. */
export function findOutsideGlobals(file: string, module: File): Finding[] {
  const own = declaredNames(module);
  const found: Finding[] = [];
  walk(module, (node, above) => {
    const name = dottedName(node)?.replace(/^(globalThis|global|self)\./, '');
    const [why, remedy] = (name && Object.hasOwn(OUTSIDE, name) && OUTSIDE[name]) || [];
    if (why === undefined || remedy === undefined || isOther(node, above.at(-1)) || own.has(firstName(node))) return;
    found.push({ rule: 'not-in-workflows', file, line: lineOf(node), why: `\`${name}\` ${why}`, remedy });
  });
  return found;
}

function firstName(node: Node): string {
  return dottedName(node)?.split('.')[0] ?? '';
}

/** Whether a name is not a use of the global: a property's name, a label, or the question whether it is there. */
function isOther(node: Node, parent: Node | undefined): boolean {
  switch (parent?.type) {
    case 'UnaryExpression':
      return parent.operator === 'typeof';
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return parent.property === node && !parent.computed;
    case 'ObjectProperty':
    case 'ObjectMethod':
    case 'ClassMethod':
    case 'ClassProperty':
      return parent.key === node && !parent.computed && !('shorthand' in parent && parent.shorthand);
    case 'ImportSpecifier':
    case 'ExportSpecifier':
    case 'LabeledStatement':
      return true;
    default:
      return false;
  }
}

/** Names that the module declares anywhere: they hide globals. */
function declaredNames(module: File): Set<string> {
  const names = new Set<string>();
  const declare = (pattern: Node | null | undefined) => {
    if (!pattern) return;
    walk(pattern, (node, above) => {
      if (node.type === 'Identifier' && !isOther(node, above.at(-1))) names.add(node.name);
    });
  };
  walk(module, (node) => {
    if (node.type === 'VariableDeclarator') declare(node.id);
    if ('params' in node && Array.isArray(node.params)) for (const parameter of node.params) declare(parameter as Node);
    if (/^(Function|Class)(Declaration|Expression)$/.test(node.type) && 'id' in node) declare(node.id as Node | null);
    if (/^Import(Default|Namespace)?Specifier$/.test(node.type) && 'local' in node) declare(node.local as Node);
    if (node.type === 'CatchClause') declare(node.param);
  });
  return names;
}
