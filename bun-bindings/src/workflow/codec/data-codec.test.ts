import { expect, test } from 'bun:test';
import { defaultDataConverter, type Payload, type PayloadCodec, type SerializationContext } from '@temporalio/common';
import { coresdk } from '@temporalio/proto';
import { payload } from '../../../tests/support/isolate-driver.ts';
import { DataCodec } from './data-codec.ts';

const { WorkflowActivation } = coresdk.workflow_activation;
const { WorkflowActivationCompletion } = coresdk.workflow_completion;

/** Marks each payload with the way it went, and with the context it was given. */
class MarkingCodec implements PayloadCodec {
  async encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return payloads.map((one) => mark(one, 'encoded', context));
  }

  async decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return payloads.map((one) => mark(one, 'decoded', context));
  }
}

function mark(one: Payload, way: string, context: SerializationContext | undefined): Payload {
  return { ...one, metadata: { ...one.metadata, [way]: new TextEncoder().encode(describe(context)) } };
}

function describe(context: SerializationContext | undefined): string {
  if (context === undefined) return 'nothing';
  return context.type === 'activity'
    ? `activity ${context.activityId}${context.isLocal ? ' (local)' : ''}`
    : `workflow ${context.workflowId}`;
}

function marks(one: Payload | null | undefined): Record<string, string> {
  const metadata = Object.entries(one?.metadata ?? {}).filter(([key]) => key !== 'encoding');
  return Object.fromEntries(metadata.map(([key, value]) => [key, new TextDecoder().decode(value)]));
}

const runId = 'run';
const init = {
  initializeWorkflow: { workflowId: 'w', arguments: [payload(1)], headers: { trace: payload('header') } },
};

function newCodec(codec: PayloadCodec): DataCodec {
  return new DataCodec({ dataConverter: { ...defaultDataConverter, payloadCodecs: [codec] }, namespace: 'n' });
}

async function decodeWith(codecs: DataCodec, jobs: coresdk.workflow_activation.IWorkflowActivationJob[]) {
  const bytes = WorkflowActivation.encode({ runId, jobs }).finish();
  return WorkflowActivation.decode(await codecs.decodePayloads(bytes));
}

async function encodeWith(codecs: DataCodec, commands: coresdk.workflow_commands.IWorkflowCommand[]) {
  const bytes = WorkflowActivationCompletion.encode({ runId, successful: { commands } }).finish();
  return WorkflowActivationCompletion.decode(await codecs.encodePayloads(bytes)).successful?.commands ?? [];
}

test('arguments are decoded for their workflow, headers are left alone', async () => {
  const { jobs } = await decodeWith(newCodec(new MarkingCodec()), [init]);
  const start = jobs[0]?.initializeWorkflow;
  expect(marks(start?.arguments?.[0])).toEqual({ decoded: 'workflow w' });
  expect(marks(start?.headers?.trace)).toEqual({});
});

test('an activity and its result have the same context, once', async () => {
  const codecs = newCodec(new MarkingCodec());
  await decodeWith(codecs, [init]);
  const [regular, local] = await encodeWith(codecs, [
    { scheduleActivity: { seq: 1, activityId: 'a', arguments: [payload(1)] }, userMetadata: { summary: payload('s') } },
    { scheduleLocalActivity: { seq: 2, activityId: 'b', arguments: [payload(1)] } },
  ]);
  expect(marks(regular?.scheduleActivity?.arguments?.[0])).toEqual({ encoded: 'activity a' });
  expect(marks(regular?.userMetadata?.summary)).toEqual({ encoded: 'activity a' });
  expect(marks(local?.scheduleLocalActivity?.arguments?.[0])).toEqual({ encoded: 'activity b (local)' });

  const done = (seq: number) => ({ resolveActivity: { seq, result: { completed: { result: payload(2) } } } });
  const { jobs } = await decodeWith(codecs, [done(2), done(1), done(1)]);
  expect(jobs.map((job) => marks(job.resolveActivity?.result?.completed?.result))).toEqual([
    { decoded: 'activity b (local)' },
    { decoded: 'activity a' },
    { decoded: 'nothing' },
  ]);
});

test("a child's payloads are for the child, at its start and at its end", async () => {
  const codecs = newCodec(new MarkingCodec());
  await decodeWith(codecs, [init]);
  const [start] = await encodeWith(codecs, [
    { startChildWorkflowExecution: { seq: 1, workflowId: 'child', input: [payload(1)] } },
  ]);
  expect(marks(start?.startChildWorkflowExecution?.input?.[0])).toEqual({ encoded: 'workflow child' });
  const { jobs } = await decodeWith(codecs, [
    { resolveChildWorkflowExecutionStart: { seq: 1, succeeded: { runId: 'c' } } },
    { resolveChildWorkflowExecution: { seq: 1, result: { completed: { result: payload(2) } } } },
  ]);
  expect(marks(jobs[1]?.resolveChildWorkflowExecution?.result?.completed?.result)).toEqual({
    decoded: 'workflow child',
  });
});

test('a signal to another workflow is for that one', async () => {
  const codecs = newCodec(new MarkingCodec());
  await decodeWith(codecs, [init]);
  const [byExecution, byChild, own] = await encodeWith(codecs, [
    { signalExternalWorkflowExecution: { seq: 1, workflowExecution: { workflowId: 'x' }, args: [payload(1)] } },
    { signalExternalWorkflowExecution: { seq: 2, childWorkflowId: 'y', args: [payload(1)] } },
    { completeWorkflowExecution: { result: payload(3) } },
  ]);
  expect(marks(byExecution?.signalExternalWorkflowExecution?.args?.[0])).toEqual({ encoded: 'workflow x' });
  expect(marks(byChild?.signalExternalWorkflowExecution?.args?.[0])).toEqual({ encoded: 'workflow y' });
  expect(marks(own?.completeWorkflowExecution?.result)).toEqual({ encoded: 'workflow w' });
});

test('an eviction forgets the run and passes unchanged', async () => {
  const codecs = newCodec(new MarkingCodec());
  await decodeWith(codecs, [init]);
  await decodeWith(codecs, [{ removeFromCache: { reason: 1 } }]);
  await expect(decodeWith(codecs, [{ fireTimer: { seq: 1 } }])).rejects.toThrow('untracked workflow');
  const [complete] = await encodeWith(codecs, [{ completeWorkflowExecution: { result: payload(3) } }]);
  expect(marks(complete?.completeWorkflowExecution?.result)).toEqual({});
});

test('a failing codec fails the call', async () => {
  const codecs = newCodec({ encode: async (all) => all, decode: () => Promise.reject(new Error('no key')) });
  await expect(decodeWith(codecs, [init])).rejects.toThrow('no key');
});
