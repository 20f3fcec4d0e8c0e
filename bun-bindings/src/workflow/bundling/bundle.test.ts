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
  await expect(loadBundle({ codePath: project.path('nowhere.js') })).rejects.toThrow(
    /^workflowBundle\.codePath: ENOENT.*nowhere\.js'\. `temporal-bun bundle` or bundleWorkflowCode\(\) makes the file$/,
  );
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
    '/***/ "../node_modules/.pnpm/@temporalio+workflow@1.24.0/node_modules/@temporalio/workflow/lib/worker-interface.js"',
    '() { throw new Error("the copy in the bundle") },',
    '/***/ "./node_modules/mine/node_modules/long/umd/index.js"',
    '() { throw new Error("the copy in the bundle") },',
    '/***/ "./src/workflows.js"',
    '(module, exports, require) { exports.main = async () => { const { uuid4 } = require("../node_modules/.pnpm/@temporalio+workflow@1.24.0/node_modules/@temporalio/workflow/lib/index.js"); return uuid4().length; } }',
    '});',
    'const __webpack_module_cache__ = globalThis.__webpack_module_cache__;',
    'function __webpack_require__(id) { const cached = __webpack_module_cache__[id]; if (cached) return cached.exports;',
    'const module = __webpack_module_cache__[id] = { exports: {} }; __webpack_modules__[id](module, module.exports, __webpack_require__); return module.exports; }',
    'const api = __webpack_require__("../node_modules/.pnpm/@temporalio+workflow@1.24.0/node_modules/@temporalio/workflow/lib/worker-interface.js");',
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

test('a runtime of webpack inside a bundle is not taken for that of the bundle', async () => {
  const worker = '"../node_modules/@temporalio/workflow/lib/worker-interface.js"';
  // Minified, and by a version of upstream that redirected the first module cache that it found.
  const text =
    '/*! licence */\nvar __TEMPORAL__;(()=>{var e={"./w.js"(e,t,n){const o=n("./inner.js");t.main=async()=>[o.count(),o.count()]},' +
    '"./inner.js"(e){e.exports=(()=>{var e={1(e){let t=0;e.exports={count:()=>++t}}};' +
    'var __webpack_module_cache__=globalThis.__webpack_module_cache__;' +
    'return function t(n){var o=__webpack_module_cache__[n];if(o)return o.exports;' +
    'var r=__webpack_module_cache__[n]={exports:{}};return e[n](r,r.exports,t),r.exports}(1)})()},' +
    `${worker}(){throw new Error("the copy in the bundle")}},$t={};function n(r){var o=$t[r];` +
    'if(void 0!==o)return o.exports;var i=$t[r]={exports:{}};return e[r].call(i.exports,i,i.exports,n),i.exports}' +
    `var o={};(()=>{var e=o;e.api=n(${worker}),e.importWorkflows=()=>n("./w.js"),e.importInterceptors=()=>[]})(),` +
    '__TEMPORAL__=o})();';
  const driver = await openBundle(await parseBundle(text));
  for (let round = 0; round < 2; round++) expect((await driver.start('main')).result).toEqual([1, 2]);
});

test('another version of the library in a bundle is told of', () => {
  const text = (version: string): string => `JSON.parse('{"name":"@temporalio/workflow","version":"${version}"}')`;
  expect(versionWarning(text('1.24.0'))).toBeUndefined();
  expect(versionWarning(text('1.9.0'))).toMatch(/made with @temporalio\/workflow 1\.9\.0, but workflows get 1\.24\.0/);
});
