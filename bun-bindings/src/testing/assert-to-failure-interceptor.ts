// Is bundled with workflows: `assert` is the one of the workflow runtime.
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

/** Makes an assertion that does not hold fail the workflow, where any other error would have its task tried again. */
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
