import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import type { EnhancedStackTrace } from '@temporalio/workflow';
import {
  type Answer,
  activityDone,
  IsolateDriver,
  payloadValue,
  query,
  signal,
} from '../../../tests/support/isolate-driver.ts';

const workflowsPath = `${import.meta.dir}/../../../tests/fixtures/waiting-workflows.ts`;
const source = readFileSync(workflowsPath, 'utf8').split('\n');
let isolate: IsolateDriver;

beforeAll(async () => {
  isolate = await IsolateDriver.open({ workflowsPath }, { showStackTraceSources: true });
});
afterAll(() => isolate.host.close());

/** `line:column` of a piece of the fixture's text. */
function place(text: string, within = text): string {
  const line = source.findIndex((candidate) => candidate.includes(within));
  return `waiting-workflows.ts:${line + 1}:${(source[line] ?? '').indexOf(text) + 1}`;
}

function answerOf({ commands }: Answer): unknown {
  return payloadValue(commands[0]?.respondToQuery?.succeeded?.response);
}

async function stacksOf(runId: string): Promise<string[]> {
  const answer = answerOf(await isolate.activate(runId, [query('__stack_trace')])) as string;
  return answer.split('\n\n').sort();
}

/** A stack as its lines, without directories. */
function linesOf(stack: string | undefined): string[] {
  return (stack ?? '').split('\n').map((line) => line.trim().replace(/\(.*\//, '('));
}

test('the place of a wait comes with the functions that wait for it, also those that were resumed', async () => {
  const runId = crypto.randomUUID();
  const { commands } = await isolate.start('order', [], { runId });
  const [before, ...others] = await stacksOf(runId);
  expect(others).toEqual([]);
  expect(linesOf(before).slice(1)).toEqual([
    `at firstThenSecond (${place('greet', "greet('first')")})`,
    `at checkout (${place('firstThenSecond()', 'await firstThenSecond()')})`,
    `at order (${place('checkout()', 'await checkout()')})`,
  ]);

  await isolate.activate(runId, [activityDone(commands[0]?.scheduleActivity?.seq ?? -1, 'done')]);
  const [after] = await stacksOf(runId);
  expect(linesOf(after).slice(1)).toEqual([
    `at firstThenSecond (${place('greet', "greet('second')")})`,
    `at async checkout (${place('firstThenSecond()', 'await firstThenSecond()')})`,
    `at async order (${place('checkout()', 'await checkout()')})`,
  ]);
});

test('every place where a run waits is named', async () => {
  const runId = crypto.randomUUID();
  const { commands } = await isolate.start('everywhere', [], { runId, jobs: [signal('slow')] });
  const seq = commands.find((command) => command.startChildWorkflowExecution)?.startChildWorkflowExecution?.seq ?? -1;
  await isolate.activate(runId, [{ resolveChildWorkflowExecutionStart: { seq, succeeded: { runId: 'child' } } }]);
  const stacks = (await stacksOf(runId)).join('\n');
  for (const [what, within] of [
    ['sleep', "sleep('2 hours')"],
    ['new Trigger', 'new Trigger<void>()'],
    ['startChild', "startChild('order')"],
    ['CancellationScope', "withTimeout('3 hours'"],
    ['sleep', "sleep('1 hour')"],
    ['condition', 'condition(() => false),'],
    ['condition', "condition(() => false, '1 day')"],
    ['new Promise', 'new Promise(() => {})'],
    ['greet', "greet('x')"],
  ] as const) {
    expect(stacks, within).toContain(`waiting-workflows.ts:${place(what, within).split(':')[1]}:`);
  }
});

test('what is over is not named', async () => {
  const runId = crypto.randomUUID();
  const { commands } = await isolate.start('throughAndAsleep', [], { runId });
  await isolate.activate(runId, [activityDone(commands[0]?.scheduleActivity?.seq ?? -1, 'done')]);
  const [only, ...others] = await stacksOf(runId);
  expect(others).toEqual([]);
  expect(only).toContain(place('sleep', "sleep('1 year')"));
});

test('the enhanced query gives places and sources', async () => {
  const runId = crypto.randomUUID();
  await isolate.start('order', [], { runId });
  const answer = answerOf(
    await isolate.activate(runId, [query('__enhanced_stack_trace')]),
  ) as unknown as EnhancedStackTrace;
  expect(answer.sdk.name).toBe('typescript');
  const [locations] = answer.stacks.map((stack) => stack.locations);
  expect(locations?.map(({ function_name, internal_code }) => [function_name, internal_code])).toEqual([
    [expect.any(String), true],
    ['firstThenSecond', false],
    ['checkout', false],
    ['order', false],
  ]);
  const [, first] = locations ?? [];
  expect(first?.file_path).toEndWith('waiting-workflows.ts');
  expect(source[(first?.line ?? 0) - 1]).toContain("greet('first')");
  expect(answer.sources[first?.file_path ?? '']?.[0]?.content).toBe(source.join('\n'));
});
