import { expect, test } from 'bun:test';
import { cleanUpProjects, openBundle, TemporaryProject } from '../../../tests/support/temporary-project.ts';
import { loadBundle, parseBundle } from './bundle.ts';
import { bundleWorkflowCode, createWorkflowBundle } from './bundler.ts';
import { adoptUpstreamBundle, versionWarning } from './upstream-bundle.ts';

cleanUpProjects();

function errorOf(text: string): Promise<string> {
  return parseBundle(text).then(
    () => 'none',
    (error) => `${error.name}: ${error.message}`,
  );
}

test('a bundle is the same from memory and from a file', async () => {
  const project = new TemporaryProject({ 'workflows.ts': 'export async function main() {}' });
  const workflowsPath = project.path('workflows.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath });
  project.write({ 'bundle.js': code });
  const built = await createWorkflowBundle({ workflowsPath });
  expect(await loadBundle({ code })).toEqual(built);
  expect(await loadBundle({ codePath: project.path('bundle.js') })).toEqual(built);
});

test('a bundle does not depend on the working directory', async () => {
  const project = new TemporaryProject({ 'workflows.ts': 'export async function main() {}' });
  const before = process.cwd();
  const here = await project.bundle();
  try {
    process.chdir(project.root);
    expect(await project.bundle()).toEqual(here);
  } finally {
    process.chdir(before);
  }
});

test('what is no bundle is refused, with what to do', async () => {
  expect(await errorOf('hello')).toMatch(/^TypeError: .* was not made by bundleWorkflowCode\(\)\. Build it again/);
  expect(await errorOf('// Workflow bundle of temporal-bun-sdk, format 99. Made')).toMatch(/another version/);
  expect(await errorOf('var __TEMPORAL__;(()=>{var e={1:()=>{}}})();')).toMatch(
    /made by bundleWorkflowCode\(\) of @temporalio\/worker, but .* Build it again/,
  );
});

test('a bundle of @temporalio/worker gets its library from ours', async () => {
  const map = Buffer.from('{"version":3,"sources":[],"mappings":""}').toString('base64');
  const text = [
    'var __TEMPORAL__;',
    '(() => { var __webpack_modules__ = ({',
    '/***/ "../node_modules/.pnpm/@temporalio+workflow@1.24.0/node_modules/@temporalio/workflow/lib/index.js"',
    '() { throw new Error("the copy in the bundle") },',
    '/***/ "./node_modules/mine/node_modules/long/umd/index.js"',
    '() { throw new Error("the copy in the bundle") },',
    '/***/ "./src/workflows.js"',
    '(module, exports, require) { exports.main = async () => { const { uuid4 } = require("../node_modules/.pnpm/@temporalio+workflow@1.24.0/node_modules/@temporalio/workflow/lib/index.js"); return uuid4().length; } }',
    '});',
    'const __webpack_module_cache__ = globalThis.__webpack_module_cache__;',
    'function __webpack_require__(id) { const cached = __webpack_module_cache__[id]; if (cached) return cached.exports;',
    'const module = __webpack_module_cache__[id] = { exports: {} }; __webpack_modules__[id](module, module.exports, __webpack_require__); return module.exports; }',
    'let __webpack_exports__ = { importInterceptors: () => [], importWorkflows: () => __webpack_require__("./src/workflows.js") };',
    '__TEMPORAL__ = __webpack_exports__;',
    '})();',
    `//# sourceMappingURL=data:application/json;charset=utf-8;base64,${map}`,
  ].join('\n');
  const bundle = await adoptUpstreamBundle(text);
  if (bundle === undefined) throw new Error('It was not recognised');
  const driver = await openBundle(bundle);
  expect((await driver.start('main')).result).toBe(36);
});

test('another version of the library in a bundle is told of', () => {
  const text = (version: string): string => `JSON.parse('{"name":"@temporalio/workflow","version":"${version}"}')`;
  expect(versionWarning(text('1.24.0'))).toBeUndefined();
  expect(versionWarning(text('1.9.0'))).toMatch(/made with @temporalio\/workflow 1\.9\.0, but workflows get 1\.24\.0/);
});
