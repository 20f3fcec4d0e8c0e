import { describe, expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';

cleanUpProjects();

const source = `// A comment that the compiler drops.\n\nexport interface Unused { a: string }\n\nexport async function main(): Promise<void> {\n  throw new Error('on line 6');\n}\n`;

/** A workflow as a compiler puts it into a folder of its own, with its source map. */
async function compiled(): Promise<{ code: string; map: string }> {
  const project = new TemporaryProject({ 'workflows.ts': source });
  const result = await Bun.build({
    entrypoints: [project.path('workflows.ts')],
    sourcemap: 'external',
    minify: { whitespace: true },
  });
  const [code = '', map = '{}'] = await Promise.all(result.outputs.map((output) => output.text()));
  const { sourcesContent: _, debugId: __, ...rest } = JSON.parse(map);
  return {
    code: code.replace(/\n\/\/# debugId.*/, ''),
    map: JSON.stringify({ ...rest, sources: ['../src/workflows.ts'] }),
  };
}

async function stackOf(project: TemporaryProject): Promise<string> {
  const driver = await project.open({ workflowsPath: project.path('dist/workflows.js') });
  return (await driver.start('main')).failure?.stackTrace ?? '';
}

describe('compiled workflows: stack traces point at what they were compiled from', () => {
  test('by a source map beside them', async () => {
    const { code, map } = await compiled();
    const project = new TemporaryProject({
      'src/workflows.ts': source,
      'dist/workflows.js': `${code}\n//# sourceMappingURL=workflows.js.map`,
      'dist/workflows.js.map': map,
    });
    expect(await stackOf(project)).toMatch(new RegExp(`at main \\(${project.path('src/workflows.ts')}:6:\\d+\\)`));
    const { sources, sourcesContent } = JSON.parse(
      (await project.bundle({ workflowsPath: project.path('dist/workflows.js') })).workflows.map,
    );
    expect(sourcesContent[sources.indexOf(project.path('src/workflows.ts'))]).toBe(source);
  });

  test('by a source map inside of them', async () => {
    const { code, map } = await compiled();
    const url = `data:application/json;base64,${Buffer.from(map).toString('base64')}`;
    const project = new TemporaryProject({ 'dist/workflows.js': `${code}\n//# sourceMappingURL=${url}` });
    expect(await stackOf(project)).toMatch(new RegExp(`${project.path('src/workflows.ts')}:6:\\d+`));
  });

  test.each([
    ['is not there', undefined],
    ['cannot be read', 'not JSON'],
    ['is in parts', '{ "version": 3, "sections": [] }'],
    ['is no object', 'null'],
  ])('not if the source map %s', async (_name, map) => {
    const { code } = await compiled();
    const project = new TemporaryProject({ 'dist/workflows.js': `${code}\n//# sourceMappingURL=workflows.js.map` });
    if (map !== undefined) project.write({ 'dist/workflows.js.map': map });
    expect(await stackOf(project)).toMatch(new RegExp(`${project.path('dist/workflows.js')}:1:\\d+`));
  });
});
