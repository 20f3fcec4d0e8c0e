import {
  type Client,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
  WorkflowUpdateStage,
} from '@temporalio/client';
import { type Interpret, put, runSteps } from '../determinism/messages.ts';
import type { Input, Program } from '../determinism/program.ts';
import { type Recording, record } from '../determinism/recording.ts';

/** How a program went on one of the servers. */
export interface ProgramRun {
  /** The values that it gave, or how it failed, and the outcomes of its updates. */
  outcome: unknown;
  recordings: Recording[];
}

/** Runs a program to its end, and sends it what it is to be sent. */
export async function runProgram(client: Client, taskQueue: string, program: Program): Promise<ProgramRun> {
  const workflowId = crypto.randomUUID();
  const handle = await client.workflow.start<Interpret>('interpret', {
    taskQueue,
    workflowId,
    args: [program],
    ...(program.fails ? { retry: { initialInterval: 1, maximumAttempts: 2 } } : {}),
  });
  const updates: WorkflowUpdateHandle<unknown>[] = [];
  for (const input of program.inputs) {
    for (let pause = 0; pause < input.pauses; pause++) await handle.describe();
    const update = await send(handle, input);
    if (update) updates.push(update);
  }
  const values = await handle.result().then(
    (observation) => observation.values,
    (error) => `${error.name}: ${error.cause?.message}`,
  );
  const outcomes = await Promise.all(updates.map((update) => update.result()));
  return {
    outcome: { values, updates: outcomes },
    recordings: await record(client, workflowId, handle.firstExecutionRunId, { untilChildrenEnd: true }),
  };
}

async function send(
  handle: WorkflowHandle<Interpret>,
  input: Input,
): Promise<WorkflowUpdateHandle<unknown> | undefined> {
  switch (input.send) {
    case 'signal':
      await handle.signal(put, input.channel);
      return undefined;
    case 'update':
      return handle.startUpdate(runSteps, { args: [input.steps], waitForStage: WorkflowUpdateStage.ACCEPTED });
    case 'rejectedUpdate': {
      const rejection = await handle.executeUpdate(runSteps, { args: [[]] }).catch((error) => error);
      if (!(rejection instanceof WorkflowUpdateFailedError)) throw rejection;
      return undefined;
    }
    case 'cancellation':
      await handle.cancel();
      return undefined;
  }
}
