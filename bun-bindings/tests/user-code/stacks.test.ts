import { expect, test } from 'bun:test';
import type { Answer } from '../support/isolate-driver.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

const source = `import { ApplicationFailure, log } from '@temporalio/workflow';
class Refused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refused';
    Error.captureStackTrace(this, this.constructor);
  }
}
function refuse(): never { throw new Refused('no'); }
function fail(): never { throw new TypeError('plain'); }
function caught(thrower: () => never): Error {
  try { return thrower(); } catch (error) { return error as Error; }
}
export async function reads() { return caught(fail).stack; }
export async function readsCaptured() { return caught(refuse).stack; }
export async function logs() { log.info('failed', { error: caught(refuse) }); }
export async function failsPlain() { throw ApplicationFailure.fromError(caught(fail)); }
export async function failsCaptured() { throw ApplicationFailure.fromError(caught(refuse)); }
export async function captures() {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder);
  return holder.stack;
}
export async function inPackage() {
  const { validate } = require('validator');
  return caught(() => validate('')).stack;
}
`;
const files = {
  'workflows.ts': source,
  'node_modules/validator/index.js': `
function ValidationError(message) {
  this.message = message;
  this.name = 'ValidationError';
  if (Error.captureStackTrace) Error.captureStackTrace(this, ValidationError);
}
ValidationError.prototype = Object.create(Error.prototype);
exports.validate = function validate(value) {
  if (!value) throw new ValidationError('required');
};
`,
};

/** Lines and columns of pieces of the source. */
function place(text: string): string {
  const before = source.slice(0, source.indexOf(text));
  return `${before.split('\n').length}:${before.length - before.lastIndexOf('\n')}`;
}

const FOREIGN = /temporal-workflow-|sandbox|node:vm|native|isolate|host\.ts|realm\.ts/;

/** Stack as its lines, with file names instead of paths. */
function linesOf(stack: unknown): string[] {
  expect(String(stack)).not.toMatch(FOREIGN);
  return String(stack)
    .split('\n')
    .map((line) => line.trim().replace(/\(?\/.*\//, '('));
}

function failureStack({ commands }: Answer): string[] {
  return linesOf(
    commands[0]?.failWorkflowExecution?.failure?.cause?.stackTrace ??
      commands[0]?.failWorkflowExecution?.failure?.stackTrace,
  );
}

const project = new TemporaryProject(files);

test('a stack that workflow code reads is mapped, and starts with the name and the message', async () => {
  const driver = await project.open();
  const lines = linesOf((await driver.start('reads')).result);
  expect(lines[0]).toBe('TypeError: plain');
  expect(lines[1]).toStartWith(`at fail (workflows.ts:${place("new TypeError('plain')").split(':')[0]}:`);
  expect(lines.some((line) => line.includes('at caught (workflows.ts:'))).toBe(true);
  expect(lines.at(-1)).toInclude('at reads (workflows.ts:');
});

test('Error.captureStackTrace leaves the first line, and gives mapped frames', async () => {
  const driver = await project.open();
  const lines = linesOf((await driver.start('readsCaptured')).result);
  expect(lines[0]).toBe('Refused: no');
  expect(lines[1]).toStartWith('at refuse (workflows.ts:');
  const [first, frame] = linesOf((await driver.start('captures')).result);
  expect(first).toBe('Error');
  expect(frame).toStartWith('at captures (workflows.ts:');
});

test('the stacks of failures are mapped, with Error.captureStackTrace too', async () => {
  const driver = await project.open();
  for (const [type, frame] of [
    ['failsPlain', 'at fail (workflows.ts:'],
    ['failsCaptured', 'at refuse (workflows.ts:'],
  ] as const) {
    expect(failureStack(await driver.start(type)).some((line) => line.startsWith(frame))).toBe(true);
  }
});

test('an error that is logged has a mapped stack', async () => {
  const driver = await project.open();
  const { sinkCalls } = await driver.start('logs');
  const [, attributes] = sinkCalls.find(({ fnName }) => fnName === 'info')?.args ?? [];
  const { error } = attributes as { error: Error };
  expect(linesOf(error.stack)[0]).toBe('Refused: no');
  expect(linesOf(error.stack)[1]).toStartWith('at refuse (workflows.ts:');
});

test('errors of packages that are no classes have the place in the package', async () => {
  const driver = await project.open();
  const lines = linesOf((await driver.start('inPackage')).result);
  expect(lines[0]).toBe('ValidationError: required');
  expect(lines[1]).toMatch(/at (?:exports\.)?validate \(index\.js:9:/);
});
