import { describe, expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';
import { WorkflowCodeBundler } from './bundler.ts';

cleanUpProjects();

const throughHelper = { 'workflows.ts': `\nexport * from './helper';\n` };

function errorOf(files: Record<string, string | object>): Promise<string> {
  return new TemporaryProject(files).bundleError();
}

describe('what is wrong is shown with its line and import chain:', () => {
  test('a disallowed module', async () => {
    const message = await errorOf({
      ...throughHelper,
      'helper.ts': `import { read } from 'disk';\nexport async function main() { return read(); }`,
      'node_modules/disk/index.js': `// reads\nconst { readFileSync } = require('node:fs');\nexports.read = readFileSync;`,
    });
    expect(message).toContain('is importing the following disallowed modules:');
    expect(message).toContain(
      `  - 'node:fs', imported by node_modules/disk/index.js:2\n` +
        `      imported by helper.ts:1\n` +
        `      imported by workflows.ts:2\n`,
    );
  });

  test.each([
    'bun',
    'bun:ffi',
    'node:net',
    'child_process',
    '@temporalio/client',
    '@temporalio/worker',
    'temporal-bun-sdk',
  ])('a disallowed module, %s', async (name) => {
    const message = await errorOf({
      'workflows.ts': `import * as bad from '${name}'; export const main = async () => bad;`,
    });
    expect(message).toContain(`  - '${name}', imported by workflows.ts:1`);
  });

  test('a syntax error', async () => {
    const message = await errorOf({ ...throughHelper, 'helper.ts': `export function bad() {\n  const = 1;\n}` });
    expect(message).toMatch(/at helper\.ts:2:\d+\n +const = 1;\n +\^\n +imported by workflows\.ts:2/);
  });

  test('a module that is not there', async () => {
    const message = await errorOf({ ...throughHelper, 'helper.ts': `export { nothing } from './not-there.ts';` });
    expect(message).toMatch(/"\.\/not-there\.ts"\n +at helper\.ts:1\n +export .*\n +imported by workflows\.ts:2/);
  });

  test('a module that the library does not have', async () => {
    const message = await errorOf({
      ...throughHelper,
      'helper.ts': `export * from '@temporalio/workflow/lib/of-the-future';`,
    });
    expect(message).toContain(
      `  - '@temporalio/workflow/lib/of-the-future', imported by helper.ts:1\n      imported by workflows.ts:2\n`,
    );
  });

  test('top-level await, with nothing else', async () => {
    const message = await errorOf({
      ...throughHelper,
      'helper.ts': `const answer = await Promise.resolve(42);\nexport const main = async () => answer;`,
    });
    expect(message).toMatch(/top-level await is not possible\n +at helper\.ts:1:\d+\n/);
    expect(message).toMatch(/imported by workflows\.ts:2/);
    expect(message.match(/error:/g)).toHaveLength(1);
  });

  test('code that no engine takes, in a CommonJS module', async () => {
    const message = await errorOf({
      'workflows.ts': `import old from './old.cjs';\nexport const main = async () => old.value;`,
      'old.cjs': `exports.value = 1;\nlet let = 2;`,
    });
    expect(message).toMatch(/old\.cjs:2[\s\S]*imported by workflows\.ts:1/);
  });
});

describe('options', () => {
  const workflowsPath = 'workflows.ts';

  test('paths that lead nowhere', async () => {
    const project = new TemporaryProject({ 'workflows.ts': '' });
    expect(await project.bundleError({ workflowsPath: project.path('nowhere') })).toBe(
      'Cannot find the module nowhere',
    );
    expect(await project.bundleError({ payloadConverterPath: project.path('none') })).toBe(
      'Cannot find the module none',
    );
  });

  test('a module cannot be both preloaded and ignored', () => {
    expect(() => new WorkflowCodeBundler({ workflowsPath, preloadModules: ['a/b'], ignoreModules: ['a'] })).toThrow(
      "Cannot preload modules that are also ignored: 'a/b'",
    );
  });
});
