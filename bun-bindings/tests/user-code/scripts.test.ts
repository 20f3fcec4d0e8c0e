import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

/** CommonJS that is only right in sloppy mode, and what an importer gets of it. */
const scripts: [what: string, script: string, read: string, right: unknown][] = [
  ['this of a plain call', `exports.has = (function () { return !!(this && this.Math); })();`, 'old.has', true],
  ['this as an object', `exports.type = function () { return typeof this; };`, `old.type.call('text')`, 'object'],
  [
    'words that strict code reserves',
    `var interface = 1, package = 2, static = 3, let = 4; exports.sum = interface + package + static + let;`,
    'old.sum',
    10,
  ],
  ['deleting a variable', `var x = 1; exports.gone = delete x;`, 'old.gone', false],
  [
    'a function of a block',
    `exports.pick = function (x) { if (x) { function helper() { return 'yes'; } } return typeof helper; };`,
    '[old.pick(true), old.pick(false)]',
    ['function', 'undefined'],
  ],
  [
    'the name of a function expression',
    `exports.type = (function me() { me = 5; return typeof me; })();`,
    'old.type',
    'function',
  ],
  ['a line that names an interpreter', `#!/usr/bin/env node\nexports.shown = 1;`, 'old.shown', 1],
  ['a comment at its end', `exports.shown = 1; // the end`, 'old.shown', 1],
  ['return', `exports.shown = 1; return; exports.shown = 2;`, 'old.shown', 1],
];

test.each(scripts)('a CommonJS module may have %s', async (_, script, read, right) => {
  const result = await new TemporaryProject({
    'node_modules/old/index.js': script,
    'workflows.ts': `import old from 'old'; export async function main() { return ${read}; }`,
  }).run();
  expect(result).toEqual(right);
});

test("'use strict' is what its author says", async () => {
  const result = await new TemporaryProject({
    'node_modules/strict/index.js': `'use strict'; exports.self = (function () { return typeof this; })();`,
    'node_modules/sloppy/index.js': `exports.self = (function () { return typeof this; })();`,
    'workflows.ts': `
      import strict from 'strict'; import sloppy from 'sloppy';
      export async function main() { return [strict.self, sloppy.self, (function (this: unknown) { return typeof this; })()]; }`,
  }).run();
  expect(result).toEqual(['undefined', 'object', 'undefined']);
});

test('what a run assigns to an undeclared name is its own', async () => {
  const driver = await new TemporaryProject({
    'node_modules/old/index.js': `exports.next = function () { counter = typeof counter === 'undefined' ? 1 : counter + 1; return counter; };`,
    'workflows.ts': `import old from 'old'; export async function main() { old.next(); return old.next(); }`,
  }).open();
  expect((await driver.start('main')).result).toBe(2);
  expect((await driver.start('main')).result).toBe(2);
});

test('UMD takes its CommonJS branch, and AMD-style definitions get require', async () => {
  const result = await new TemporaryProject({
    'node_modules/umd/index.js': `
      (function (root, factory) {
        if (typeof define === 'function' && define.amd) define(['./part'], factory);
        else if (typeof module === 'object' && module.exports) module.exports = factory(require('./part'));
        else root.umd = factory(root.part);
      })(this, function (part) { return { part: part.value }; });`,
    'node_modules/umd/part.js': `exports.value = 'part';`,
    'node_modules/amd/index.js': `
      (function (define) {
        define(function (require) { var part = require('./lib/part'); return { value: part.value + 1 }; });
      })(typeof define === 'function' && define.amd ? define : function (factory) { module.exports = factory(require); });`,
    'node_modules/amd/lib/part.js': `
      (function (define) { define(function () { return { value: 1 }; }); })(
        typeof define === 'function' && define.amd ? define : function (factory) { module.exports = factory(require); });`,
    'workflows.ts': `
      import umd from 'umd'; import amd from 'amd';
      export async function main() { return [umd.part, amd.value]; }`,
  }).run();
  expect(result).toEqual(['part', 2]);
});

test('a module may ask what it is: NODE_ENV is development, nothing is main, and module has an id', async () => {
  const result = await new TemporaryProject({
    'node_modules/asks/index.js': `
      exports.environment = process.env.NODE_ENV;
      exports.isMain = require.main === module;
      exports.types = [typeof module.id, typeof require.resolve, typeof require.cache, typeof __dirname, typeof __filename];`,
    'workflows.ts': `import asks from 'asks'; export async function main() { return [asks.environment, asks.isMain, asks.types]; }`,
  }).run();
  expect(result).toEqual(['development', false, ['string', 'function', 'object', 'string', 'string']]);
});
