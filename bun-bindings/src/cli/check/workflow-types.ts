import { relative } from 'node:path';
import { exportedNames, type ParsedModules } from '../source/exported-names.ts';
import type { Finding } from './finding.ts';

/** Finds workflow types that two modules export, which are then none, and types that are not called like their functions. */
export function checkWorkflowTypes(workflows: string, modules: ParsedModules): Finding[] {
  const exported = exportedNames(workflows, modules);
  const first = new Map<string, (typeof exported)[number]>();
  const found: Finding[] = [];
  for (const each of exported) {
    const { name, functionName, file, line } = each;
    const other = first.get(name);
    if (other === undefined) first.set(name, each);
    else if (other.file !== file) {
      found.push({
        rule: 'duplicate-workflow',
        file,
        line,
        why: `${name} is exported by ${relative(process.cwd(), other.file)}:${other.line} too: one of them is not there, or neither`,
        remedy: 'Give one of them another name, or export by name: `export { … } from`.',
      });
    }
    if (functionName !== undefined && functionName !== name) {
      found.push({
        rule: 'renamed-workflow',
        file,
        line,
        why: `the workflow type is ${name}, but the function is called ${functionName}: a client that starts the function asks for ${functionName}`,
        remedy: `Export it as ${functionName}, or call the function ${name}.`,
      });
    }
  }
  return found;
}
