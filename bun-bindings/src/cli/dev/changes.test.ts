import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Changes } from './changes.ts';

const folder = mkdtempSync(join(tmpdir(), 'changes-'));
for (const name of ['src', 'node_modules', '.git']) mkdirSync(join(folder, name));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string) => writeFileSync(join(folder, name), '');

test('changes that come while nobody waits are kept, as one; those of packages and other files are none', async () => {
  const changes = new Changes(folder);
  for (const name of ['node_modules/a.ts', '.git/b.ts', 'notes.md', 'worker.ts']) write(name);
  expect(await changes.next()).toEqual(['worker.ts']);
  for (const name of ['src/workflows.ts', 'src/activities.ts', 'src/workflows.ts']) write(name);
  expect(await changes.next()).toEqual(['src/activities.ts', 'src/workflows.ts']);
  const waiting = changes.next();
  changes.close();
  expect(await waiting).toBeUndefined();
  expect(await changes.next()).toBeUndefined();
});
