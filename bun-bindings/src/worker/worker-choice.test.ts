import { afterAll, expect, test } from 'bun:test';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseWorker, importUpstreamWorker } from './worker-choice.ts';

const folder = mkdtempSync(join(tmpdir(), 'worker-choice-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A project that has a package called `name` installed as `@temporalio/worker`. */
function project(name: string): string {
  const root = mkdtempSync(join(folder, 'project-'));
  const installed = join(root, 'node_modules/@temporalio/worker');
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
  writeFileSync(join(installed, 'index.js'), 'exports.Worker = { create: async (options) => ({ made: options }) };');
  return root;
}

test('without a variable, or with 1, the bridge is chosen', () => {
  expect(chooseWorker({})).toBe('native');
  expect(chooseWorker({ TEMPORAL_BUN_SDK_USE_NATIVE: '1' })).toBe('native');
  expect(chooseWorker({ TEMPORAL_BUN_SDK_USE_ZIG: '1' })).toBe('native');
});

test('0 chooses the worker of the project', () => {
  expect(chooseWorker({ TEMPORAL_BUN_SDK_USE_NATIVE: '0' })).toBe('upstream');
  expect(chooseWorker({ TEMPORAL_BUN_SDK_USE_ZIG: '0' })).toBe('upstream');
  expect(chooseWorker({ TEMPORAL_BUN_SDK_USE_NATIVE: '0', TEMPORAL_BUN_SDK_USE_ZIG: '0' })).toBe('upstream');
});

test('anything else is an error that names the variable and what it may be', () => {
  const allowed = 'must be 1, 0 or not set';
  expect(() => chooseWorker({ TEMPORAL_BUN_SDK_USE_NATIVE: 'yes' })).toThrow(`TEMPORAL_BUN_SDK_USE_NATIVE: ${allowed}`);
  expect(() => chooseWorker({ TEMPORAL_BUN_SDK_USE_ZIG: '' })).toThrow(`TEMPORAL_BUN_SDK_USE_ZIG: ${allowed}`);
  const both = { TEMPORAL_BUN_SDK_USE_NATIVE: '1', TEMPORAL_BUN_SDK_USE_ZIG: '0' };
  expect(() => chooseWorker(both)).toThrow(/TEMPORAL_BUN_SDK_USE_NATIVE: 1 contradicts .* TEMPORAL_BUN_SDK_USE_ZIG/);
});

test('the bridge is an error if there is no library; the worker of the project needs none', () => {
  // A copy of the package, which has no library in it or beside it.
  const copy = join(folder, 'without-library/package');
  for (const part of ['package.json', 'src'])
    cpSync(join(import.meta.dir, '../..', part), join(copy, part), { recursive: true });
  const choose = (value: string | undefined) =>
    Bun.spawnSync([process.execPath, '-e', `console.log(require('./src/worker/worker-choice.ts').chooseWorker())`], {
      cwd: copy,
      env: { ...process.env, TEMPORAL_BUN_SDK_NATIVE_PATH: undefined, TEMPORAL_BUN_SDK_USE_NATIVE: value },
    });
  for (const value of [undefined, '1']) {
    const { exitCode, stderr } = choose(value);
    expect(exitCode).not.toBe(0);
    expect(stderr.toString()).toMatch(/the native library of temporal-bun-sdk for [\w-]+ is missing/);
  }
  expect(choose('0').stdout.toString()).toBe('upstream\n');
});

test('the worker of the project is the one in its node_modules', async () => {
  const { Worker } = await importUpstreamWorker(project('@temporalio/worker'));
  const worker: unknown = await Worker.create({ taskQueue: 'q' });
  expect(worker).toEqual({ made: { taskQueue: 'q' } });
});

test('a project without one, or with this package under its name, is told what to do', async () => {
  const advice = /install it, or unset the variable/;
  await expect(importUpstreamWorker(join(folder, 'nothing-here'))).rejects.toThrow(advice);
  await expect(importUpstreamWorker(project('temporal-bun-sdk'))).rejects.toThrow(advice);
});
