// This module is bundled with workflows, so `assert` is that of the workflow runtime.
import assert from 'node:assert';
import { ApplicationFailure, type WorkflowInterceptors } from '@temporalio/workflow';

async function failOnAssertion<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof assert.AssertionError)) throw error;
    const failure = ApplicationFailure.nonRetryable(error.message);
    failure.stack = error.stack;
    throw failure;
  }
}

/** Fails the workflow when an assertion fails. Otherwise an assertion error would only retry the workflow task. */
export function interceptors(): WorkflowInterceptors {
  return {
    inbound: [
      {
        execute: (input, next) => failOnAssertion(() => next(input)),
        handleSignal: (input, next) => failOnAssertion(() => next(input)),
      },
    ],
  };
}
