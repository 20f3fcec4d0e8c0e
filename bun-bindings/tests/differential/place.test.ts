import { expect, test } from 'bun:test';
import { useTestEnvironment } from '../../src/testing/index.ts';
import { activity, fail, Hand, namespace, startChild } from './by-hand.ts';
import { placeOf } from './place.ts';

const env = useTestEnvironment({ embedded: true, server: { time: 'real' } });

const failure = (message: string, cause?: object) => ({ message, applicationFailureInfo: { type: 'Wrong' }, cause });

test('the place of a workflow says what it waits for, and why that takes so long', async () => {
  const hand = new Hand(env);
  const first = await hand.start('w', { retryPolicy: { maximumAttempts: 2 } });
  await hand.step([fail(failure('no', failure('since it is late')))]);
  await hand.step([
    activity('1', hand.taskQueue),
    startChild(hand.id('child'), { name: `${hand.taskQueue.name}-child` }),
  ]);
  const { taskToken } = await hand.pollActivity();
  await hand.service.respondActivityTaskFailed({
    namespace,
    taskToken,
    failure: failure('busy', failure('too many')),
  });
  const { workflowExecution } = await hand.poll();

  const place = (await placeOf(env.client, hand.id('w'))).split('\n');
  expect(place[0]).toBe(`workflow ${hand.id('w')}, run ${workflowExecution?.runId}: RUNNING, 9 events`);
  expect(place).toContain('  9 WORKFLOW_TASK_STARTED');
  expect(place).toContain('  workflow task: STARTED, attempt 1');
  expect(place).toContain('  activity act 1: SCHEDULED, attempt 2, failed before: busy (Wrong) <- too many (Wrong)');
  expect(place).toContain(`  workflow ${hand.id('w')}, run ${first}: FAILED, 5 events`);
  expect(place).toContain('    5 WORKFLOW_EXECUTION_FAILED: no (Wrong) <- since it is late (Wrong)');
  const child = place.findIndex((line) => line.startsWith(`  workflow ${hand.id('child')}, run `));
  expect(place.slice(child + 1)).toEqual([
    '    1 WORKFLOW_EXECUTION_STARTED',
    '    2 WORKFLOW_TASK_SCHEDULED',
    '    workflow task: SCHEDULED, attempt 1',
  ]);
  expect((await placeOf(env.client, hand.id('w'))).split('\n')).toEqual(place);

  await hand.service.pollWorkflowTaskQueue({ namespace, taskQueue: { name: `${hand.taskQueue.name}-child` } });
  expect(await placeOf(env.client, hand.id('w'))).not.toBe(place.join('\n'));
  expect(await placeOf(env.client, 'nobody')).toBe('there is no workflow nobody');
});
