import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';
import { missingWorkflows } from './workflow-exports.ts';

cleanUpProjects();

test.each([
  ['types only', 'export interface Order { id: string }\nexport type Id = string;', 'exports no workflows'],
  ['nothing', 'const hidden = 1;', 'exports no workflows'],
  ['a default export only', 'export default async function any() {}', 'has a default export only'],
  ['a workflow', 'export interface Order {}\nexport async function order() {}', undefined],
  ['workflows of other modules', "export * from './others';", undefined],
  ['workflows of a CommonJS module', 'module.exports = require("./others");', undefined],
])('a module with %s', (_what, source, warning) => {
  const file = new TemporaryProject({ 'workflows.ts': source }).path('workflows.ts');
  if (warning === undefined) expect(missingWorkflows(file)).toBeUndefined();
  else expect(missingWorkflows(file)).toContain(`${file} ${warning}`);
});
