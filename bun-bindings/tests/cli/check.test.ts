import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { runTemporalBun } from './run-program.ts';

cleanUpProjects();

interface Found {
  rule: string;
  file: string;
  line: number;
  why: string;
  chain?: string[];
}

function newProject(files: Record<string, string>): TemporaryProject {
  const project = new TemporaryProject({ 'package.json': { name: 'project' }, ...files });
  project.linkTo('node_modules', `${import.meta.dir}/../../node_modules`);
  return project;
}

async function check(project: TemporaryProject, ...flags: string[]) {
  const args = ['check', 'workflows.ts', '--json', ...flags];
  const { exitCode, output, errors } = await runTemporalBun(args, { cwd: project.root });
  if (output === '') throw new Error(errors);
  const { findings, silenced, sizes } = JSON.parse(output) as {
    findings: Found[];
    silenced: number;
    sizes: { package: string; bytes: number }[];
  };
  return {
    exitCode,
    findings,
    silenced,
    sizes,
    places: findings.map(({ rule, file, line }) => `${file}:${line} ${rule}`),
  };
}

test('workflows that are in order have no findings, and end with 0', async () => {
  const project = newProject({
    'workflows.ts': `import { proxyActivities, sleep } from '@temporalio/workflow';
import type * as activities from './activities';
const loaded = Date.now();
const { greet } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });
export async function hello(fetch: () => string): Promise<string> {
  await sleep(Math.random() + loaded + crypto.randomUUID().length);
  setTimeout(() => undefined, 10);
  return typeof Bun === 'undefined' ? greet(fetch()) : '';
}`,
    'activities.ts': `export async function greet(name: string): Promise<string> { return await (await fetch(name)).text(); }`,
  });
  const { exitCode, places, sizes } = await check(project, '--activities', 'activities.ts');
  expect(places).toEqual([]);
  expect(exitCode).toBe(0);
  expect(sizes[0]).toMatchObject({ package: '.', bytes: expect.any(Number) });
}, 30_000);

test('forbidden modules come with their lines and the chain of imports', async () => {
  const project = newProject({
    'workflows.ts': `import { read } from './steps/read';
export async function hello(): Promise<string> { return read(); }`,
    'steps/read.ts': `import { readFileSync } from 'node:fs';
import { gone } from './gone';
export function read(): string { return readFileSync('/etc/hostname', 'utf8') + gone; }`,
  });
  const { exitCode, findings, places } = await check(project);
  expect(exitCode).toBe(1);
  expect(places).toEqual(['steps/read.ts:1 forbidden-module', 'steps/read.ts:2 missing-module']);
  expect(findings[0]?.chain).toEqual(['imported by workflows.ts:1']);
  expect((await check(project, '--ignore', 'fs')).places).toEqual(['steps/read.ts:2 missing-module']);
}, 30_000);

test('globals, activities and workflow types', async () => {
  const project = newProject({
    'workflows.ts': `import * as wf from '@temporalio/workflow';
import { proxyActivities as proxy } from '@temporalio/workflow';
import type * as activities from './activities';
export * from './more';
const { greet, grete } = proxy<typeof activities>({ retry: {} });
const others = wf.proxyLocalActivities<typeof activities>({ startToCloseTimeout: 10 });
const elsewhere = proxy({ startToCloseTimeout: 10, taskQueue: 'other' });
const limits = { scheduleToCloseTimeout: 10 };
const { fromFactory } = proxy(limits);
export async function hello(): Promise<string> {
  await fetch('https://example.com');
  new WeakRef({});
  return process.env.REGION ?? others.missing() ?? elsewhere.missing() ?? fromFactory() ?? greet() ?? grete();
}
async function order(): Promise<void> {}
export { order as placeOrder };`,
    'more.ts': 'export async function hello(): Promise<void> {}\nexport type { Options } from "./options";',
    'options.ts': 'export interface Options {}',
    'activities.ts': `export async function greet(): Promise<string> { return ''; }
export const createActivities = (db: string) => ({ async fromFactory() { return db; } });`,
  });
  const { exitCode, places, findings } = await check(project, '--activities', 'activities.ts');
  expect(exitCode).toBe(1);
  expect(places.sort()).toEqual(
    [
      'workflows.ts:5 missing-timeout',
      'workflows.ts:5 unknown-activity',
      'workflows.ts:10 duplicate-workflow',
      'workflows.ts:11 not-in-workflows',
      'workflows.ts:12 not-in-workflows',
      'workflows.ts:13 not-in-workflows',
      'workflows.ts:13 unknown-activity',
      'workflows.ts:16 renamed-workflow',
    ].sort(),
  );
  expect(findings.find(({ rule }) => rule === 'unknown-activity')?.why).toContain('grete');
  // Without the activities it is not known which there are.
  expect((await check(project)).places.filter((place) => place.includes('unknown-activity'))).toEqual([]);
}, 30_000);

test('a comment with a reason silences a finding, one without is a finding', async () => {
  const project = newProject({
    'workflows.ts': `// temporal-bun-ignore not-in-workflows: the client loads this module too
const region = process.env.REGION;
const zone = process.env.ZONE; // temporal-bun-ignore not-in-workflows: as above
// temporal-bun-ignore not-in-workflows
const rack = process.env.RACK;
// temporal-bun-ignore surprise: because
export async function hello(): Promise<string> { return \`\${region}\${zone}\${rack}\`; }`,
  });
  const { exitCode, places, silenced } = await check(project);
  expect(places).toEqual(['workflows.ts:4 bad-ignore', 'workflows.ts:5 not-in-workflows', 'workflows.ts:6 bad-ignore']);
  expect(silenced).toBe(2);
  expect(exitCode).toBe(1);
}, 30_000);

test('prints findings for people without colours and stacks, and a missing file ends with 64', async () => {
  const project = newProject({ 'workflows.ts': 'export const hello = () => fetch("/");' });
  const { output, errors, exitCode } = await runTemporalBun(['check', 'workflows.ts'], { cwd: project.root });
  expect(output).toStartWith('workflows.ts:1  not-in-workflows: `fetch` does not exist in workflows');
  expect(output).toContain('Do it in an activity');
  expect(output).toMatch(/Sources of the workflows: \d+ KB\n +\d+ KB {2}the project, 1 modules/);
  expect(errors).toBe('error: 1 findings\n');
  expect(exitCode).toBe(1);
  expect((await runTemporalBun(['check', 'nothing.ts'], { cwd: project.root })).exitCode).toBe(64);
}, 30_000);

test('interceptors and converters are analysed as workflows are', async () => {
  const project = newProject({
    'workflows.ts': 'export async function hello(): Promise<void> {}',
    'interceptors.ts': `import { hostname } from 'node:os';
export const interceptors = () => ({ inbound: [{ host: hostname() }] });`,
    'payloads.ts': `export const payloadConverter = { toPayload: () => fetch('http://keys.example') };`,
    'failures.ts': `export const failureConverter = { home: process.env.HOME };`,
  });
  expect((await check(project)).places).toEqual([]);
  const converters = ['--payload-converter', 'payloads.ts', '--failure-converter', 'failures.ts'];
  expect((await check(project, '--interceptors', 'interceptors.ts', ...converters)).places).toEqual([
    'failures.ts:1 not-in-workflows',
    'interceptors.ts:1 forbidden-module',
    'payloads.ts:1 not-in-workflows',
  ]);
}, 30_000);
