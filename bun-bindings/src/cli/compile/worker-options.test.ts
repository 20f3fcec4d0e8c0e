import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { findWorkflowOptions } from './worker-options.ts';

const file = join(import.meta.dir, 'program.ts');
const workflows = join(import.meta.dir, 'worker-options.ts');

function replaced(text: string): string {
  return findWorkflowOptions(file, text).withBundles(['CODE']);
}

test.each([
  ['require.resolve', "require.resolve('./worker-options')"],
  ['Bun.resolveSync', "Bun.resolveSync('./worker-options', import.meta.dir)"],
  ['import.meta.resolve', "fileURLToPath(import.meta.resolve('./worker-options'))"],
  ['a URL', "fileURLToPath(new URL('./worker-options.ts', import.meta.url))"],
  ["a URL's path", "new URL('./worker-options.ts', import.meta.url).pathname"],
  ['a joined path', "path.join(__dirname, 'worker-options.ts')"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: code of a program
  ['a template', '`${import.meta.dirname}/worker-options.ts` as string'],
])('finds workflows by %s', (_, path) => {
  const text = `await Worker.create({ taskQueue: 'q', workflowsPath: ${path}, activities });`;
  const { found } = findWorkflowOptions(file, text);
  expect(found.map(({ bundle }) => bundle.workflowsPath)).toEqual([workflows]);
  expect(replaced(text)).toBe("await Worker.create({ taskQueue: 'q', workflowBundle: CODE, activities });");
});

test('follows constants, and leaves no path behind that has to be there when the program runs', () => {
  const text = `const workflowsPath: string = require.resolve('./worker-options');
const options: WorkerOptions = { taskQueue: 'q', workflowsPath };`;
  expect(replaced(text)).toBe(`const workflowsPath: string = ${JSON.stringify(workflows)};
const options: WorkerOptions = { taskQueue: 'q', workflowBundle: CODE };`);
});

test('takes interceptors, converters and options of the bundler along', () => {
  const { found } = findWorkflowOptions(
    file,
    `const dataConverter = { payloadConverterPath: '/converter.ts' };
    export const options = {
      workflowsPath: '/workflows.ts',
      dataConverter,
      interceptors: { activity: [() => ({})], workflowModules: ['/a.ts', '/b.ts'] },
      bundlerOptions: { ignoreModules: ['fs'], preloadModules: ['zod'] },
    };`,
  );
  expect(found[0]?.bundle).toEqual({
    workflowsPath: '/workflows.ts',
    payloadConverterPath: '/converter.ts',
    failureConverterPath: undefined,
    workflowInterceptorModules: ['/a.ts', '/b.ts'],
    ignoreModules: ['fs'],
    preloadModules: ['zod'],
  });
});

test('finds the modules of activity threads, and puts their paths in the program in their place', () => {
  const text = `const activitiesPath = require.resolve('./worker-options');
const options = { activityThreads: { activitiesPath, size: 2, interceptorModules: ['/a.ts'] } };`;
  const module = findWorkflowOptions(file, text);
  expect(module.threadModules).toEqual([workflows, '/a.ts']);
  expect(module.withBundles([], (path) => `inside(${JSON.stringify(path)})`)).toBe(
    `const activitiesPath = ${JSON.stringify(workflows)};
const options = { activityThreads: { activitiesPath: inside(${JSON.stringify(workflows)}), size: 2, interceptorModules: [inside("/a.ts")] } };`,
  );
});

test('leaves alone what bundles by itself, and what only mentions the option', () => {
  const text = `await bundleWorkflowCode({ workflowsPath: './workflows' });
const { workflowsPath } = options;
interface Options { workflowsPath: string }`;
  expect(findWorkflowOptions(file, text).found).toEqual([]);
  expect(replaced(text)).toBe(text);
});

test.each([
  ['a call', '{ workflowsPath: find() }', ':2: .* the value of workflowsPath only shows when it runs'],
  ['a choice', '{ workflowsPath: production ? a : b }', ':2: .* the value of workflowsPath only shows when it runs'],
  [
    'a hook',
    "{ workflowsPath: '/w.ts', bundlerOptions: { webpackConfigHook } }",
    'the value of bundlerOptions only shows',
  ],
  [
    'an object from elsewhere',
    "{ workflowsPath: '/w.ts', interceptors: made() }",
    'interceptors is not an object in this module',
  ],
  ['no module', "{ workflowsPath: require.resolve('./nowhere') }", "workflowsPath: Cannot find module './nowhere'"],
])('refuses %s with its line and what to write', (_, options, message) => {
  expect(() => findWorkflowOptions(file, `\nconst options = ${options};`)).toThrow(new RegExp(message));
  expect(() => findWorkflowOptions(file, `\nconst options = ${options};`)).toThrow('temporal-bun bundle');
});
