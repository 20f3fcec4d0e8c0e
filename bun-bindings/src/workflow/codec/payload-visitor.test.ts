import { expect, test } from 'bun:test';
import type { Payload } from '@temporalio/common';
import { coresdk } from '@temporalio/proto';
import { payload } from '../../../tests/support/isolate-driver.ts';
import { concurrencyLimit } from './concurrency-limit.ts';
import { type PayloadTransforms, visitActivation, visitCompletion, visitDecoded } from './payload-visitor.ts';

const { WorkflowActivation } = coresdk.workflow_activation;
const { WorkflowActivationCompletion } = coresdk.workflow_completion;

let count = 0;
const one = () => payload(count++);
const failure = () => ({
  encodedAttributes: one(),
  applicationFailureInfo: { details: { payloads: [one(), one()] } },
  cause: { canceledFailureInfo: { details: { payloads: [one()] } } },
});
const headers = { trace: one() };
const searchAttributes = { indexedFields: { kind: one() } };

const activation = WorkflowActivation.encode({
  runId: 'run',
  timestamp: { nanos: 5 },
  jobs: [
    {
      initializeWorkflow: {
        workflowId: 'w',
        arguments: [one(), one()],
        headers,
        searchAttributes,
        memo: { fields: { a: one(), b: one() } },
        continuedFailure: failure(),
        lastCompletionResult: { payloads: [one()] },
      },
    },
    { signalWorkflow: { signalName: 's', input: [one()], headers } },
    { queryWorkflow: { queryId: 'q', arguments: [one(), one()], headers } },
    { doUpdate: { id: 'u', input: [one()], headers } },
    { resolveActivity: { seq: 1, result: { completed: { result: one() } } } },
    { resolveActivity: { seq: 2, result: { failed: { failure: failure() } } } },
    { resolveChildWorkflowExecution: { seq: 3, result: { cancelled: { failure: failure() } } } },
    { resolveSignalExternalWorkflow: { seq: 4, failure: failure() } },
    { resolveNexusOperation: { seq: 5, result: { completed: one() } } },
    { fireTimer: { seq: 6 } },
  ],
}).finish();

const completion = WorkflowActivationCompletion.encode({
  runId: 'run',
  successful: {
    commands: [
      { scheduleActivity: { seq: 1, activityId: 'a', arguments: [one(), one()], headers } },
      { scheduleLocalActivity: { seq: 2, activityId: 'l', arguments: [one()], headers } },
      {
        startChildWorkflowExecution: {
          workflowId: 'child',
          input: [one()],
          memo: { note: one() },
          headers,
          searchAttributes,
        },
        userMetadata: { summary: one(), details: one() },
      },
      { signalExternalWorkflowExecution: { childWorkflowId: 'child', args: [one()], headers } },
      { continueAsNewWorkflowExecution: { arguments: [one()], memo: { a: one() }, headers, searchAttributes } },
      { upsertWorkflowSearchAttributes: { searchAttributes } },
      { modifyWorkflowProperties: { upsertedMemo: { fields: { a: one() } } } },
      { scheduleNexusOperation: { seq: 3, input: one(), nexusHeader: { a: 'b' } } },
      { respondToQuery: { queryId: 'q', succeeded: { response: one() } } },
      { respondToQuery: { queryId: 'r', failed: failure() } },
      { updateResponse: { protocolInstanceId: 'p', completed: one() } },
      { completeWorkflowExecution: { result: one() } },
      { failWorkflowExecution: { failure: failure() } },
      { startTimer: { seq: 7 } },
    ],
  },
}).finish();

/** Marks each payload with the messages around it, and with whether it came in a list. */
function marking(): PayloadTransforms<string> {
  const mark = (one: Payload, list: string, context: string): Payload => ({
    ...one,
    metadata: { ...one.metadata, mark: new TextEncoder().encode(`${list}${context}`) },
  });
  const known = /\.(Resolve|Schedule|Start|Signal|WorkflowCommand|Initialize|Query|DoUpdate)/;
  return {
    transformPayload: async (one, context) => mark(one, '', context),
    transformPayloads: async (all, context) => all.map((one) => mark(one, `${all.length} `, context)),
    deriveContext: (_message, typeName, context) => (known.test(typeName) ? `${context} ${typeName}` : context),
    initialContext: 'root',
    limit: concurrencyLimit(3),
  };
}

test.each([
  ['an activation', visitActivation, WorkflowActivation, activation],
  ['a completion', visitCompletion, WorkflowActivationCompletion, completion],
] as const)('the payloads of %s are found as the visitor of the library finds them', async (_, visit, type, bytes) => {
  const [byLibrary, byFields] = [type.decode(bytes), type.decode(bytes)];
  await visit(byLibrary as never, marking());
  await visitDecoded(byFields, marking());
  expect(type.toObject(byFields as never, { bytes: String })).toEqual(
    type.toObject(byLibrary as never, { bytes: String }),
  );
  const marks = JSON.stringify(byFields).match(/"mark"/g) ?? [];
  expect(marks.length).toBeGreaterThan(20);
});

test('the first error is thrown once all is done', async () => {
  const message = WorkflowActivationCompletion.decode(completion);
  let done = 0;
  const failing: PayloadTransforms<string> = {
    ...marking(),
    transformPayloads: async () => {
      throw new Error('broken codec');
    },
    transformPayload: async (one) => {
      done++;
      return one;
    },
  };
  expect(await visitDecoded(message, failing).catch((error) => error.message)).toBe('broken codec');
  expect(done).toBeGreaterThan(5);
});
