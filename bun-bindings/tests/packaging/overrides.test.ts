import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { usePackages } from './support/packages.ts';
import { ALIAS, temporalPackages, UserProject } from './support/user-project.ts';

const packages = usePackages();

/** The names that each installer has for settings that replace a package of which another asks for an exact version. */
const SETTINGS = { bun: 'overrides', npm: 'overrides' } as const;

// These ask for exactly 1.23.0 of @temporalio/worker, in the place of which there is 1.24.0.
describe.each(['bun', 'npm'] as const)('packages that ask for another version, installed with %s', (installer) => {
  const project = new UserProject({
    'package.json': {
      private: true,
      type: 'module',
      dependencies: {
        ...temporalPackages('1.23.0'),
        '@temporalio/worker': ALIAS,
        '@temporalio/langsmith': '1.23.0',
        '@temporalio/lambda-worker': '1.23.0',
      },
      [SETTINGS[installer]]: { '@temporalio/worker': ALIAS },
    },
    'run.ts': `
      import { createRequire } from 'node:module';
      const own = require.resolve('@temporalio/worker');
      const others = ['langsmith', 'lambda-worker'].map((name) =>
        createRequire(require.resolve(\`@temporalio/\${name}/package.json\`)).resolve('@temporalio/worker'),
      );
      const { NativeConnection } = await import('@temporalio/worker');
      await import('@temporalio/lambda-worker');
      console.log(others.every((path) => path === own) && typeof NativeConnection.connect);`,
  });
  beforeAll(async () => {
    if (installer === 'npm') await project.npmInstall(packages);
    else await project.bunInstall(packages);
  }, 120_000);
  afterAll(() => project.remove());

  test('an override has them use this worker, and no other is installed', async () => {
    expect((await project.bun(['run.ts'])).output).toBe('function\n');
    expect(project.installed('@temporalio/worker')).toEqual(['node_modules/@temporalio/worker']);
    expect(project.installed('@temporalio/core-bridge')).toEqual([]);
    expect(project.installed('@temporalio/common')).toEqual(['node_modules/@temporalio/common']);
  }, 60_000);
});
