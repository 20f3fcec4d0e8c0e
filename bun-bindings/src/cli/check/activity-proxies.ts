import type { CallExpression, File, Node } from '@babel/types';
import { StaticValues } from '../source/static-value.ts';
import { dottedName, lineOf, outerName, propertyName, walk } from '../source/walk.ts';
import type { Finding } from './finding.ts';

const PROXIES = new Set(['proxyActivities', 'proxyLocalActivities']);

/**
 * Finds proxies for activities that no worker could run: without a time limit, or of a type that is not registered.
 *
 * @param registered the types of the worker's activities. Undefined if they are not known.
 */
export function checkActivityProxies(file: string, module: File, registered?: ReadonlySet<string>): Finding[] {
  const values = new StaticValues(file, module);
  const local = localNames(module);
  const found: Finding[] = [];
  /** Proxies that are kept as they are, by the name of their variable. */
  const kept = new Map<string, CallExpression>();
  const use = (node: Node, type: string) => {
    if (registered === undefined || registered.has(type)) return;
    found.push({
      rule: 'unknown-activity',
      file,
      line: lineOf(node),
      why: `the worker has no activity ${type}: a call would be tried again for ever`,
      remedy: 'Export it from the file of --activities, or set `taskQueue` if another worker has it.',
    });
  };
  walk(module, (node, above) => {
    if (node.type === 'CallExpression' && isProxy(node, local)) {
      const options = optionsOf(node, values);
      if (options.isWithoutTimeout) {
        found.push({
          rule: 'missing-timeout',
          file,
          line: lineOf(node),
          why: 'an activity needs a startToCloseTimeout or a scheduleToCloseTimeout: the first call would fail the workflow task',
          remedy: "Give one, as in `proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' })`.",
        });
      }
      const parent = above.at(-1);
      if (options.isElsewhere) return;
      if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier') kept.set(parent.id.name, node);
      if (parent?.type === 'VariableDeclarator' && parent.id.type === 'ObjectPattern') {
        for (const property of parent.id.properties) {
          const type = propertyName(property);
          if (type !== undefined) use(property, type);
        }
      }
      const member = parent?.type === 'MemberExpression' && parent.object === node ? propertyName(parent) : undefined;
      if (member !== undefined) use(node, member);
    }
    if (node.type === 'MemberExpression' && node.object.type === 'Identifier' && kept.has(node.object.name)) {
      const type = propertyName(node);
      if (type !== undefined) use(node, type);
    }
  });
  return found;
}

/** Names under which a module has imported the functions that make proxies. */
function localNames(module: File): ReadonlySet<string> {
  const names = new Set<string>();
  walk(module, (node) => {
    if (node.type !== 'ImportDeclaration' || node.source.value !== '@temporalio/workflow') return;
    for (const specifier of node.specifiers) {
      if (specifier.type === 'ImportNamespaceSpecifier')
        for (const name of PROXIES) names.add(`${specifier.local.name}.${name}`);
      if (specifier.type !== 'ImportSpecifier') continue;
      if (PROXIES.has(outerName(specifier.imported))) names.add(specifier.local.name);
    }
  });
  return names;
}

function isProxy(node: CallExpression, local: ReadonlySet<string>): boolean {
  return local.has(dottedName(node.callee) ?? '');
}

/** The findings about a proxy's options. Options that come from elsewhere count as right. */
function optionsOf(node: CallExpression, values: StaticValues): { isWithoutTimeout: boolean; isElsewhere: boolean } {
  const given = node.arguments[0];
  if (given === undefined) return { isWithoutTimeout: true, isElsewhere: false };
  const options = values.expression(given);
  if (options.type !== 'ObjectExpression') return { isWithoutTimeout: false, isElsewhere: false };
  const names = options.properties.map(propertyName);
  const hasTimeout = names.some((name) => name === 'startToCloseTimeout' || name === 'scheduleToCloseTimeout');
  const isKnown = options.properties.every(({ type }) => type !== 'SpreadElement');
  return { isWithoutTimeout: isKnown && !hasTimeout, isElsewhere: names.includes('taskQueue') };
}
