import { expect } from 'bun:test';
import {
  type Client,
  WorkflowFailedError,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { RunningWorker } from './test-worker.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** A field of a history event that holds what is special to its type. */
type Attributes = Extract<keyof Event, `${string}EventAttributes`>;

/** Starts a workflow on the worker, under an id of its own. */
export function start<T extends Workflow>(
  { client, taskQueue }: Partial<RunningWorker> & Pick<RunningWorker, 'client' | 'taskQueue'>,
  workflow: T | string,
  args: Parameters<T>,
  options: Partial<WorkflowStartOptions> = {},
): Promise<WorkflowHandleWithFirstExecutionRunId<T>> {
  const all = { taskQueue, workflowId: crypto.randomUUID(), ...options, args };
  return client.workflow.start(workflow as T, all as unknown as WorkflowStartOptions<T>);
}

/**
 * What a promise is rejected with. (`expect(promise).rejects` turns the event loop from within the test, where what comes from
 * native threads and workers does not get through.)
 */
export async function rejectionOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    (value) => expect.unreachable(`expected a rejection, got ${JSON.stringify(value)}`),
    (error) => error,
  );
}

/** Resolves with the error that a workflow failed with, as its client sees it. */
export async function failureOf(handle: { result(): Promise<unknown> }): Promise<Error | undefined> {
  const error = await rejectionOf(handle.result());
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return (error as WorkflowFailedError).cause;
}

/** All events of a run so far. */
export async function eventsOf(handle: WorkflowHandle): Promise<Event[]> {
  return (await handle.fetchHistory()).events ?? [];
}

/** The attributes of all events of one type. */
export async function attributesOf<A extends Attributes>(
  handle: WorkflowHandle,
  type: A,
): Promise<NonNullable<Event[A]>[]> {
  return (await eventsOf(handle)).flatMap((event) => event[type] ?? []) as NonNullable<Event[A]>[];
}

/** The attributes of the first event of a type in a run; waits until there is one. */
export async function untilEvent<A extends Attributes>(
  client: Client,
  handle: WorkflowHandleWithFirstExecutionRunId,
  type: A,
): Promise<NonNullable<Event[A]>> {
  let nextPageToken = new Uint8Array();
  for (;;) {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId: handle.workflowId, runId: handle.firstExecutionRunId },
      waitNewEvent: true,
      nextPageToken,
    });
    const found = page.history?.events?.find((event) => event[type] != null);
    if (found !== undefined) return found[type] as NonNullable<Event[A]>;
    if (page.nextPageToken.length === 0) throw new Error(`the run ended without ${type}`);
    nextPageToken = page.nextPageToken as Uint8Array<ArrayBuffer>;
  }
}

/** Resolves with the failure of the first workflow task of a run that failed. */
export async function taskFailure({ client }: Pick<RunningWorker, 'client'>, { workflowId }: WorkflowHandle) {
  for (let nextPageToken: Uint8Array | undefined; ; ) {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId },
      waitNewEvent: true,
      nextPageToken,
    });
    for (const { workflowTaskFailedEventAttributes: failed } of page.history?.events ?? []) {
      if (failed?.failure != null) return failed.failure;
    }
    nextPageToken = page.nextPageToken;
  }
}
