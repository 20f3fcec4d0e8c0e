import { expect } from 'bun:test';
import {
  type Client,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
  WorkflowUpdateStage,
} from '@temporalio/client';
import { type Interpret, put, runSteps, traceSoFar } from './messages.ts';
import type { Input, Observation, Program } from './program.ts';
import { type Recording, record } from './recording.ts';
import { sendUpdate } from './updates.ts';

/** How a program went. */
export interface Execution {
  observation: Observation;
  /** The outcome of each update, in the order in which they were sent. */
  updates: unknown[];
  recordings: Recording[];
}

/**
 * Runs a program, sends it what it is to be sent, and has it replayed for a query when it is over.
 *
 * Between the inputs it is asked for its trace, which takes it some time. Not if it has local activities: when a query
 * comes while one is running, core may write down the activity's result in one workflow task and tell the workflow of it
 * in the next, and in replay it tells of it in the first.
 */
export async function execute(client: Client, taskQueue: string, program: Program): Promise<Execution> {
  const workflowId = crypto.randomUUID();
  const handle = await client.workflow.start<Interpret>('interpret', { taskQueue, workflowId, args: [program] });
  const updates: WorkflowUpdateHandle<unknown>[] = [];
  for (const input of program.inputs) {
    for (let pause = 0; pause < input.pauses; pause++)
      await (program.hasLocalActivities ? handle.describe() : handle.query(traceSoFar));
    const update = await send(handle, input);
    if (update) updates.push(update);
  }
  const observation = await handle.result();
  expect(await handle.query(traceSoFar)).toEqual(observation.trace);
  return {
    observation,
    updates: await Promise.all(updates.map((update) => update.result())),
    recordings: await record(client, workflowId, handle.firstExecutionRunId),
  };
}

async function send(
  handle: WorkflowHandle<Interpret>,
  input: Input,
): Promise<WorkflowUpdateHandle<unknown> | undefined> {
  const waitForStage = WorkflowUpdateStage.ACCEPTED;
  switch (input.send) {
    case 'signal':
      await handle.signal(put, input.channel);
      return undefined;
    case 'update':
      return sendUpdate(() => handle.startUpdate(runSteps, { args: [input.steps], waitForStage }));
    case 'rejectedUpdate': {
      const rejection = await handle.executeUpdate(runSteps, { args: [[]] }).catch((error) => error);
      expect(rejection).toBeInstanceOf(WorkflowUpdateFailedError);
      return undefined;
    }
    case 'cancellation':
      await handle.cancel();
      return undefined;
  }
}
