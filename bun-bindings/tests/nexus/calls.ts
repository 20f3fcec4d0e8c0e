import { expect } from 'bun:test';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { NexusOperationFailure } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { StartNexusOperationOptions } from '@temporalio/workflow';
import type { RunningJobs } from '../fixtures/nexus/nexus-worker.ts';
import * as workflows from '../fixtures/nexus/workflows.ts';

/** Where a workflow that calls an operation runs, with an id of its own. */
export const callerOptions = ({ taskQueue }: RunningJobs) => ({ taskQueue, workflowId: crypto.randomUUID() });

/** Starts a workflow that calls the quick operation, and results in what that answers. */
export const startQuick = (running: RunningJobs, input: string, options: Partial<StartNexusOperationOptions> = {}) =>
  running.client.workflow.start(workflows.callQuick, {
    ...callerOptions(running),
    args: [running.endpoint, input, options],
  });

/** Calls the quick operation from a workflow, and returns its answer. */
export async function callQuick(running: RunningJobs, input = 'input'): Promise<string> {
  return (await startQuick(running, input)).result();
}

/** The failure that ended a workflow which called an operation. */
export async function operationFailure(result: Promise<unknown>): Promise<NexusOperationFailure> {
  const error = await result.then(
    () => undefined,
    (error) => error,
  );
  expect(error).toBeInstanceOf(WorkflowFailedError);
  expect(error.cause).toBeInstanceOf(NexusOperationFailure);
  return error.cause;
}

/** Resolves with the events of a workflow's history. */
export async function eventsOf(client: Client, workflowId: string): Promise<temporal.api.history.v1.IHistoryEvent[]> {
  return (await client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
}

/** The workflows that an event is linked with. */
export const linkedWorkflows = (links: temporal.api.common.v1.ILink[] | null | undefined) =>
  links?.map(({ workflowEvent }) => workflowEvent?.workflowId);
