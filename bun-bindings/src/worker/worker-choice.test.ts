import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

test('anything else is an error that names the variable', () => {
  expect(() => chooseWorker({ TEMPORAL_BUN_SDK_USE_NATIVE: 'yes' })).toThrow(/^TEMPORAL_BUN_SDK_USE_NATIVE must be/);
  expect(() => chooseWorker({ TEMPORAL_BUN_SDK_USE_ZIG: '' })).toThrow(/^TEMPORAL_BUN_SDK_USE_ZIG must be/);
  expect(() => chooseWorker({ TEMPORAL_BUN_SDK_USE_NATIVE: '1', TEMPORAL_BUN_SDK_USE_ZIG: '0' })).toThrow(/contradict/);
});

test('the worker of the project is the one in its node_modules', async () => {
  const { Worker } = await importUpstreamWorker(project('@temporalio/worker'));
  expect(await Worker.create({ taskQueue: 'q' })).toEqual({ made: { taskQueue: 'q' } });
});

test('a project without one, or with this package under its name, is told what to do', () => {
  const advice = /install it, or unset the variable/;
  expect(importUpstreamWorker(join(folder, 'nothing-here'))).rejects.toThrow(advice);
  expect(importUpstreamWorker(project('temporal-bun-sdk'))).rejects.toThrow(advice);
});
