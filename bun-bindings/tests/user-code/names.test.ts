import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

test('functions and classes of the same name in several modules keep it', async () => {
  const result = await new TemporaryProject({
    'workflows.ts': `
      import { greet as first, Refused as FirstRefused, nameOfHelper as firstHelper } from './first';
      import { greet as second, Refused as SecondRefused, nameOfHelper as secondHelper } from './second';
      function helper() { return 'workflows'; }
      export async function main() {
        return [first.name, second.name, FirstRefused.name, SecondRefused.name, helper.name, firstHelper(), secondHelper(),
          new FirstRefused().constructor.name, FirstRefused === SecondRefused, helper()];
      }`,
    'first.ts': `
      export async function greet() {}
      export class Refused extends Error {}
      function helper() {}
      export const nameOfHelper = () => helper.name;`,
    'second.ts': `
      export const greet = async () => {};
      export class Refused extends Error {}
      const helper = function () {};
      export const nameOfHelper = () => helper.name;`,
  }).run();
  expect(result).toEqual([
    'greet',
    'greet',
    'Refused',
    'Refused',
    'helper',
    'helper',
    'helper',
    'Refused',
    false,
    'workflows',
  ]);
});

test('a workflow of the name of an activity starts a child workflow by its own name', async () => {
  const driver = await new TemporaryProject({
    'workflows.ts': `export * from './notice'; export * from './mail'; export * from './parent';`,
    'notice.ts': `
      import { proxyActivities } from '@temporalio/workflow';
      const { sendMail } = proxyActivities<any>({ startToCloseTimeout: '5s' });
      export async function notice() { return sendMail(); }`,
    'mail.ts': `export async function sendMail() {}`,
    'parent.ts': `
      import { executeChild } from '@temporalio/workflow';
      import { sendMail } from './mail';
      export async function parent() { return executeChild(sendMail); }`,
  }).open();
  const { commands } = await driver.start('parent');
  expect(commands[0]?.startChildWorkflowExecution?.workflowType).toBe('sendMail');
});

test('what is thrown has the type that its class is named, whatever other modules name alike', async () => {
  const driver = await new TemporaryProject({
    'workflows.ts': `
      import { ApplicationFailure } from '@temporalio/workflow';
      import { SoldOut as Other } from './other';
      class SoldOut extends Error {}
      export async function own() { throw ApplicationFailure.fromError(new SoldOut('own')); }
      export async function other() { throw ApplicationFailure.fromError(new Other('other')); }`,
    'other.ts': `export class SoldOut extends Error {}`,
  }).open();
  for (const type of ['own', 'other']) {
    const { commands } = await driver.start(type);
    expect(commands[0]?.failWorkflowExecution?.failure).toMatchObject({
      message: type,
      applicationFailureInfo: { type: 'SoldOut' },
    });
  }
});

test('default exports without a name are called default', async () => {
  const result = await new TemporaryProject({
    'workflows.ts': `
      import Named from './named'; import unnamed from './unnamed'; import Class from './class'; import arrow from './arrow';
      export async function main() { return [Named.name, unnamed.name, Class.name, arrow.name]; }`,
    'named.ts': `export default class Named {}`,
    'unnamed.ts': `export default function () {}`,
    'class.ts': `export default class {}`,
    'arrow.ts': `export default () => 1;`,
  }).run();
  expect(result).toEqual(['Named', 'default', 'default', 'default']);
});

test('names of the bundle itself are free for modules to use', async () => {
  const result = await new TemporaryProject({
    'workflows.ts': `
      import { answer } from './es';
      import script from './script.cjs';
      export async function main() { return [answer, script]; }`,
    'es.ts': `
      const require = (name: string) => 'required ' + name;
      const module = 'module', exports = 'exports', links = 'links', id = 'id', __filename = 'file', __dirname = 'folder';
      const global = 'global', Promise = 'promise';
      export const answer = [require('x'), module, exports, links, id, __filename, __dirname, global, Promise];`,
    'script.cjs': `
      const Promise = class Later {};
      const global = { own: 'global' };
      let links = 'links', id = 'id';
      class URL {}
      module.exports = [Promise.name, global.own, links, id, URL.name];`,
  }).run();
  expect(result).toEqual([
    ['required x', 'module', 'exports', 'links', 'id', 'file', 'folder', 'global', 'promise'],
    ['Later', 'global', 'links', 'id', 'URL'],
  ]);
});

test('names that bundlers call their helpers by are free for modules to use', async () => {
  const names = ['import', 'star', 'default', 'dynamic', 'lazy', 'names', 'meta', 'export', 'reExport', 'nameDefault'];
  const result = await new TemporaryProject({
    'workflows.ts': `
      import standard, * as all from './es';
      import { one } from './es';
      export * from './es';
      ${names.map((name) => `const __${name} = '${name}';`).join(' ')}
      const __toESM = 'toESM', __toCommonJS = 'toCommonJS', __require = 'require';
      export async function main() {
        const own = [${names.map((name) => `__${name}`).join(', ')}, __toESM, __toCommonJS, __require];
        return [own, standard, all.one, one, (await import('./es')).one, typeof import.meta.url];
      }`,
    'es.ts': `export const one = 1; export default 'standard';`,
  }).run();
  expect(result).toEqual([[...names, 'toESM', 'toCommonJS', 'require'], 'standard', 1, 1, 1, 'string']);
});

test('of two modules that export the same name by `export *` the first counts', async () => {
  const driver = await new TemporaryProject({
    'workflows.ts': `export * from './first'; export * from './second';`,
    'first.ts': `export async function shared() { return 'first'; } export async function onlyFirst() { return 1; }`,
    'second.ts': `export async function shared() { return 'second'; } export async function onlySecond() { return 2; }`,
  }).open();
  expect((await driver.start('shared')).result).toBe('first');
  expect((await driver.start('onlyFirst')).result).toBe(1);
  expect((await driver.start('onlySecond')).result).toBe(2);
});
