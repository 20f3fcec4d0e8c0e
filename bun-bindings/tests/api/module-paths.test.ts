import { expect, test } from 'bun:test';
import { version } from '../../package.json' with { type: 'json' };
import * as main from '../../src/index.ts';

/** Paths inside of `@temporalio/worker` that projects import from. Those of `@temporalio/testing` are refused. */
const paths = Object.keys((await import('../../package.json')).default.exports)
  .filter((path) => path.startsWith('./lib/') && !/\/(activity|pkg|bundler)(\.js)?$/.test(path))
  .map((path) => path.slice('./'.length));

test.each(paths)('%s leads to the main module', async (path) => {
  expect((await import(`temporal-bun-sdk/${path}`)).Worker).toBe(main.Worker);
});

test.each(['connection', 'index', 'interceptors', 'logger', 'runtime', 'worker-options'])(
  '%s is found with and without its extension',
  (name) => {
    expect(paths).toContain(`lib/${name}`);
    expect(paths).toContain(`lib/${name}.js`);
  },
);

test('the bundler is found at its path', async () => {
  const { WorkflowCodeBundler } = await import('temporal-bun-sdk/lib/workflow/bundler.js');
  expect(typeof WorkflowCodeBundler).toBe('function');
});

test('tools read the version from the path of the package', async () => {
  expect((await import('temporal-bun-sdk/lib/pkg')).default.version).toBe(version);
});
