import { expect, test } from 'bun:test';
import { coresdk } from '@temporalio/proto';
import { ActivityCancelReason, ActivityHeartbeat, ActivityTask, ActivityTaskCompletion } from './activity-messages.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const payload = { metadata: { encoding: bytes('json/plain') }, data: bytes('1') };

const start: coresdk.activity_task.IStart = {
  workflowExecution: { workflowId: 'workflow', runId: 'run' },
  headerFields: { trace: payload },
  input: [payload],
  // More than a number can tell.
  scheduledTime: {
    seconds: coresdk.activity_task.Start.fromObject({ scheduledTime: { seconds: '9007199254740993' } }).scheduledTime
      ?.seconds,
    nanos: 5,
  },
  attempt: 3,
  retryPolicy: { nonRetryableErrorTypes: ['A'], backoffCoefficient: 1.5 },
};

test.each([
  ['a start', { taskToken: bytes('token'), start }],
  ['a cancellation', { cancel: { reason: ActivityCancelReason.PAUSED, details: { isPaused: true } } }],
])('%s comes as @temporalio/proto gives it', (_which, task) => {
  const encoded = coresdk.activity_task.ActivityTask.encode(task).finish();
  const theirs = coresdk.activity_task.ActivityTask.decode(encoded);
  const ours = ActivityTask.decode(encoded);
  expect(ours).toEqual(theirs);
  expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
});

test('what an activity sends is encoded as @temporalio/proto encodes it', () => {
  const completion = {
    taskToken: bytes('token'),
    result: { failed: { failure: { message: 'no', cause: { message: 'why' }, encodedAttributes: payload } } },
  };
  const heartbeat = { taskToken: bytes('token'), details: [payload] };
  expect(ActivityTaskCompletion.encode(completion).finish()).toEqual(
    coresdk.ActivityTaskCompletion.encode(completion).finish(),
  );
  expect(ActivityHeartbeat.encode(heartbeat).finish()).toEqual(coresdk.ActivityHeartbeat.encode(heartbeat).finish());
  expect(ActivityCancelReason).toEqual(coresdk.activity_task.ActivityCancelReason);
});
