import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../tests/support/temporary-project.ts';

cleanUpProjects();

const workflows = `
  const COUNT = 10_000;
  const times = (call) => { for (let index = 0; index < COUNT; index++) call('key' + (index * 7919) % COUNT); };
  export async function main() {
    return [new URLSearchParams(), new URL('https://example.org').searchParams].map((params) => {
      times((key) => params.append(key, key));
      params.sort();
      let length = 0;
      for (const [name, value] of params) length += name.length + value.length;
      times((key) => params.set(key, params.get(key) + '!'));
      const { size } = params;
      times((key) => params.delete(key));
      return [length, size, params.size];
    });
  }`;

test('thousands of search parameters take no longer than there are of them', async () => {
  const driver = await new TemporaryProject({ 'workflows.ts': workflows }).open();
  const { result, failure } = await driver.start('main');
  expect(failure?.message).toBeUndefined();
  expect(result).toEqual(Array(2).fill([137_780, 10_000, 0]));
});
