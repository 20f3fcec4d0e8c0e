import { expect } from 'bun:test';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ActivityFailure, type ActivityOptions, type LocalActivityOptions } from '@temporalio/common';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import * as workflows from '../fixtures/activity-workflows.ts';
import { failureOf as failureOfHandle, start } from '../support/observe.ts';
import type { TestServer } from '../support/test-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';

/** The workflows that call activities. */
export const workflowsPath = `${import.meta.dir}/../fixtures/activity-workflows.ts`;

/** No second attempt. */
export const once: ActivityOptions = { startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } };
/** Attempts that follow each other at once. */
export const quickly: ActivityOptions = { startToCloseTimeout: '1 minute', retry: { initialInterval: 10 } };

/** Runs a worker with these activities while `fn` does. */
export function withActivities<R>(
  server: TestServer,
  activities: object,
  fn: (running: RunningWorker) => Promise<R>,
  options: Partial<WorkerOptions> = {},
): Promise<R> {
  return withWorker(server, { activities, workflowsPath, ...options }, fn);
}

/** Starts a workflow that calls the activity `run`. */
export function startCall(
  worker: RunningWorker,
  options: ActivityOptions = once,
  args: unknown[] = [],
  name = 'run',
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  return start(worker, workflows.runActivity, [name, options, args]);
}

/** The result of the activity `run`, called by a workflow. */
export async function call(
  worker: RunningWorker,
  options: ActivityOptions = once,
  args: unknown[] = [],
  name = 'run',
): Promise<unknown> {
  return (await startCall(worker, options, args, name)).result();
}

/** The result of the local activity `run`, called by a workflow. */
export async function callLocal(
  worker: RunningWorker,
  options: LocalActivityOptions,
  args: unknown[] = [],
): Promise<unknown> {
  return (await start(worker, workflows.runLocalActivity, ['run', options, args])).result();
}

/** Resolves with the error that a workflow failed with, by the promise of its result. */
export function failureOf(result: Promise<unknown>): Promise<Error | undefined> {
  return failureOfHandle({ result: () => result });
}

/** Resolves with the cause of an activity's failure, as its workflow sees it. */
export async function causeOf(result: Promise<unknown>): Promise<Error | undefined> {
  const failure = await failureOf(result);
  expect(failure).toBeInstanceOf(ActivityFailure);
  return (failure as ActivityFailure).cause;
}
