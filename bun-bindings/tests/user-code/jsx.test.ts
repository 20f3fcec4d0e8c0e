import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

/** A package with a runtime for JSX. */
const markup = {
  'node_modules/markup/package.json': {
    name: 'markup',
    exports: { './jsx-runtime': './runtime.js', './jsx-dev-runtime': './runtime.js' },
  },
  'node_modules/markup/runtime.js': `
    exports.Fragment = 'fragment';
    exports.jsx = exports.jsxs = exports.jsxDEV = (type, props) => [type, props];`,
};
const factory = {
  'factory.ts': `
    export const h = (type: string, props: object | null, ...children: unknown[]) => [type, { ...props, children: children[0] }];
    export const F = 'fragment';`,
};
const main = 'export async function main() { return <><b id="1">bold</b></>; }';
const classic = `import { h, F } from './factory';\n${main}`;
const tsconfig = (compilerOptions: object) => ({ 'tsconfig.json': { compilerOptions } });

test.each<[string, string, Record<string, string | object>]>([
  ['@jsxImportSource', 'tsx', { 'workflows.tsx': `/** @jsxImportSource markup */\n${main}` }],
  ['@jsxImportSource in JavaScript', 'jsx', { 'workflows.jsx': `/** @jsxImportSource markup */\n${main}` }],
  [
    '@jsxRuntime automatic, against the tsconfig.json',
    'tsx',
    {
      'workflows.tsx': `/** @jsxRuntime automatic */\n/** @jsxImportSource markup */\n${main}`,
      ...tsconfig({ jsx: 'react', jsxFactory: 'h' }),
    },
  ],
  [
    '@jsx and @jsxFrag',
    'tsx',
    { 'workflows.tsx': `/** @jsxRuntime classic */\n/** @jsx h */\n/** @jsxFrag F */\n${classic}`, ...factory },
  ],
  [
    '@jsx, against the tsconfig.json',
    'tsx',
    {
      'workflows.tsx': `/** @jsxRuntime classic */\n/** @jsx h */\n/** @jsxFrag F */\n${classic}`,
      ...factory,
      ...tsconfig({ jsx: 'react-jsx', jsxImportSource: 'markup' }),
    },
  ],
  [
    '"jsx": "react-jsx"',
    'tsx',
    { 'workflows.tsx': main, ...tsconfig({ jsx: 'react-jsx', jsxImportSource: 'markup' }) },
  ],
  [
    '"jsx": "react-jsxdev"',
    'tsx',
    { 'workflows.tsx': main, ...tsconfig({ jsx: 'react-jsxdev', jsxImportSource: 'markup' }) },
  ],
  [
    '"jsx": "react"',
    'tsx',
    { 'workflows.tsx': classic, ...factory, ...tsconfig({ jsx: 'react', jsxFactory: 'h', jsxFragmentFactory: 'F' }) },
  ],
  [
    'a tsconfig.json that extends a list',
    'tsx',
    {
      'workflows.tsx': main,
      'tsconfig.json': { extends: ['./base.json'] },
      'base.json': { compilerOptions: { jsx: 'react-jsx', jsxImportSource: 'markup' } },
    },
  ],
])('JSX is compiled by %s', async (_, extension, files) => {
  const project = new TemporaryProject({ ...markup, ...files });
  const result = await project.run({ workflowsPath: project.path(`workflows.${extension}`) });
  expect(result).toEqual(['fragment', { children: ['b', { id: '1', children: 'bold' }] }]);
});

test('a runtime for JSX that is not installed is named', async () => {
  const project = new TemporaryProject({ 'workflows.tsx': main });
  const running = project.run({ workflowsPath: project.path('workflows.tsx') });
  await expect(running).rejects.toThrow('react/jsx-dev-runtime');
});
