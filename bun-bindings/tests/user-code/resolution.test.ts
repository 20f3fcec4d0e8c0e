import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

test('TypeScript counts where compiled JavaScript lies beside it', async () => {
  const result = await new TemporaryProject({
    'workflows.ts': `
      import { from as bare } from './bare';
      import { from as js } from './js.js';
      import { from as onlyTs } from './only.js';
      import { from as file } from './both';
      import { from as folder } from './both/';
      import { from as index } from './index-of';
      export async function main() { return [bare, js, onlyTs, file, folder, index]; }`,
    'bare.ts': `export const from = 'bare.ts';`,
    'bare.js': `exports.from = 'stale';`,
    'js.ts': `export const from = 'js.ts';`,
    'js.js': `exports.from = 'stale';`,
    'only.ts': `export const from = 'only.ts';`,
    'both.ts': `export const from = 'both.ts';`,
    'both/index.ts': `export const from = 'both/index.ts';`,
    'index-of/index.ts': `export const from = 'index-of/index.ts';`,
  }).run();
  expect(result).toEqual(['bare.ts', 'js.ts', 'only.ts', 'both.ts', 'both/index.ts', 'index-of/index.ts']);
});

test('packages give the variant that webpack takes', async () => {
  const file = (name: string): string => `exports.from = '${name}';`;
  const es = (name: string): string => `export const from = '${name}';`;
  const result = await new TemporaryProject({
    'workflows.ts': `
      import { from as moduleField } from 'module-field';
      import { from as browserField } from 'browser-field';
      import { from as conditions } from 'conditions';
      import { from as moduleCondition } from 'module-condition';
      import { from as modes } from 'modes';
      import { from as own } from '#own';
      import { from as sub } from 'subpaths/feature/a';
      import { from as mapped } from 'browser-map';
      export async function main() {
        return [moduleField, browserField, conditions, require('conditions').from, moduleCondition, require('module-condition').from,
          modes, own, sub, mapped];
      }`,
    'package.json': { imports: { '#own': { browser: './own-browser.js', default: './own.js' } } },
    'own.js': file('own'),
    'own-browser.js': file('own for browsers'),
    'node_modules/module-field/package.json': { main: 'main.js', module: 'module.mjs' },
    'node_modules/module-field/main.js': file('main'),
    'node_modules/module-field/module.mjs': es('module'),
    'node_modules/browser-field/package.json': { main: 'main.js', module: 'module.mjs', browser: 'browser.js' },
    'node_modules/browser-field/main.js': file('main'),
    'node_modules/browser-field/module.mjs': es('module'),
    'node_modules/browser-field/browser.js': file('browser'),
    'node_modules/conditions/package.json': {
      exports: {
        node: './node.js',
        bun: './bun.js',
        import: './import.mjs',
        require: './require.cjs',
        default: './default.js',
      },
    },
    'node_modules/conditions/node.js': file('node'),
    'node_modules/conditions/bun.js': file('bun'),
    'node_modules/conditions/import.mjs': es('import'),
    'node_modules/conditions/require.cjs': file('require'),
    'node_modules/conditions/default.js': file('default'),
    'node_modules/module-condition/package.json': {
      exports: { module: './module.mjs', import: './import.mjs', require: './require.cjs' },
    },
    'node_modules/module-condition/module.mjs': es('module'),
    'node_modules/module-condition/import.mjs': es('import'),
    'node_modules/module-condition/require.cjs': file('require'),
    'node_modules/modes/package.json': { exports: { production: './p.js', development: './d.js', default: './x.js' } },
    'node_modules/modes/p.js': file('production'),
    'node_modules/modes/d.js': file('development'),
    'node_modules/modes/x.js': file('default'),
    'node_modules/subpaths/package.json': { exports: { './feature/*': './lib/*.js' } },
    'node_modules/subpaths/lib/a.js': file('lib/a'),
    'node_modules/browser-map/package.json': { main: 'index.js', browser: { './server.js': './client.js' } },
    'node_modules/browser-map/index.js': `exports.from = require('./server.js').from;`,
    'node_modules/browser-map/server.js': file('server'),
    'node_modules/browser-map/client.js': file('client'),
  }).run();
  expect(result).toEqual([
    'module',
    'browser',
    'import',
    'require',
    'module',
    'module',
    'development',
    'own for browsers',
    'lib/a',
    'client',
  ]);
});
