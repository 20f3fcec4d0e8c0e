import {
  type Client,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
  WorkflowUpdateStage,
} from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { type Interpret, put, runSteps } from '../determinism/messages.ts';
import type { Input, Program } from '../determinism/program.ts';
import { type Recording, record } from '../determinism/recording.ts';

const { EventType } = temporal.api.enums.v1;

/** How a program went on one of the servers. */
export interface ProgramRun {
  /** The values that it gave, or how it failed, and the outcomes of its updates. */
  outcome: unknown;
  recordings: Recording[];
}

/** Runs a program to its end under this id, and sends it what it is to be sent. */
export async function runProgram(
  client: Client,
  taskQueue: string,
  workflowId: string,
  program: Program,
): Promise<ProgramRun> {
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

/** The last events of a run that has not ended, and the failures of its workflow tasks. */
export async function placeOf(client: Client, workflowId: string): Promise<string> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const types = (events ?? []).map(({ eventId, eventType }) => `${eventId} ${EventType[eventType ?? 0]}`);
  const failures = (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed ? [`${failed.failure?.message}`] : [],
  );
  return [...types.slice(-12), ...failures.slice(-2)].join('; ');
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
