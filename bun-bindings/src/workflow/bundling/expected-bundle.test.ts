import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject, temporaryFolder } from '../../../tests/support/temporary-project.ts';
import { BundleCache } from './bundle-cache.ts';
import { WorkflowCodeBundler } from './bundler.ts';
import { type ExpectedBundle, expectBundle, noteBundle, readExpectedBundle } from './expected-bundle.ts';
import { userBundle } from './user-bundle.ts';

cleanUpProjects();

const cache = new BundleCache(temporaryFolder());

/** Builds the bundle of a project, and returns it with its key. */
async function bundled(project: TemporaryProject) {
  const options = {
    workflowsPath: project.path('workflows.ts'),
    workflowInterceptorModules: [],
    payloadConverterPath: undefined,
    failureConverterPath: undefined,
    ignoreModules: [],
    preloadModules: [],
  };
  const { key } = await userBundle(options, cache, async () => undefined);
  const bundle = await new WorkflowCodeBundler({ workflowsPath: options.workflowsPath }, cache).build();
  return { key: key as string, bundle };
}

/** A project whose files are old enough to be cached. */
async function projectWith(text: string): Promise<TemporaryProject> {
  const project = new TemporaryProject({ 'workflows.ts': `export async function main() { return '${text}'; }` });
  const written = Date.now();
  do project.write({ clock: '' });
  while (Bun.file(project.path('clock')).lastModified < written + 50);
  return project;
}

test('the bundle that a program has loaded first is the one to expect the next time', async () => {
  const { key, bundle } = await bundled(await projectWith('first'));
  expect(expectBundle('program', cache)).toBeUndefined();
  await noteBundle(key, cache);
  await noteBundle('of its second worker', cache);
  const expected = expectBundle('program', cache) as ExpectedBundle;
  expect(expected).toEqual({ key });
  expect(readExpectedBundle(expected, cache)).toEqual(bundle);
  expect(expectBundle('another program', cache)).toBeUndefined();
});

test('it is another one once a program has loaded another', async () => {
  expectBundle('changed program', cache);
  await noteBundle('one', cache);
  expectBundle('changed program', cache);
  await noteBundle('another', cache);
  expect(expectBundle('changed program', cache)).toEqual({ key: 'another' });
});

test('nothing is noted of programs that expect no bundle', async () => {
  expectBundle('program without workers', cache);
  await noteBundle('one', cache);
  await noteBundle('two', cache);
  expect(expectBundle('program without workers', cache)).toEqual({ key: 'one' });
});

test('a bundle that a build would make otherwise now is none', async () => {
  const project = await projectWith('before');
  const { key } = await bundled(project);
  expect(readExpectedBundle({ key }, cache)).toBeDefined();
  project.write({ 'workflows.ts': `export async function main() { return 'after'; }` });
  expect(readExpectedBundle({ key }, cache)).toBeUndefined();
});
