import { expect, test } from 'bun:test';
import { ActivityExecutionAlreadyStartedError, ServiceError } from '@temporalio/client';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { HandlerError, type HandlerErrorType } from 'nexus-rpc';
import { toHandlerError } from './handler-error.ts';

/** The error that the client throws when a call ends with a gRPC status. */
const serviceError = (code: number) =>
  new ServiceError('Failed', { cause: Object.assign(new Error(), { code, details: '', metadata: {} }) });

test.each<[string, Error, HandlerErrorType, boolean]>([
  ['any error', new Error('any'), 'INTERNAL', true],
  ['an ApplicationFailure', ApplicationFailure.retryable('a'), 'INTERNAL', true],
  ['a non-retryable one', ApplicationFailure.nonRetryable('a'), 'INTERNAL', false],
  ['a workflow that is there', new WorkflowExecutionAlreadyStartedError('there', 'id', 'type'), 'INTERNAL', false],
  ['an activity that is there', new ActivityExecutionAlreadyStartedError('there', 'id', 'type'), 'INTERNAL', false],
  ['CANCELLED', serviceError(1), 'INTERNAL', true],
  ['UNKNOWN', serviceError(2), 'INTERNAL', true],
  ['INVALID_ARGUMENT', serviceError(3), 'BAD_REQUEST', false],
  ['DEADLINE_EXCEEDED', serviceError(4), 'UPSTREAM_TIMEOUT', true],
  ['NOT_FOUND', serviceError(5), 'NOT_FOUND', false],
  ['ALREADY_EXISTS', serviceError(6), 'INTERNAL', false],
  ['PERMISSION_DENIED', serviceError(7), 'INTERNAL', true],
  ['RESOURCE_EXHAUSTED', serviceError(8), 'RESOURCE_EXHAUSTED', true],
  ['FAILED_PRECONDITION', serviceError(9), 'INTERNAL', false],
  ['ABORTED', serviceError(10), 'UNAVAILABLE', true],
  ['OUT_OF_RANGE', serviceError(11), 'INTERNAL', false],
  ['UNIMPLEMENTED', serviceError(12), 'NOT_IMPLEMENTED', false],
  ['INTERNAL', serviceError(13), 'INTERNAL', true],
  ['UNAVAILABLE', serviceError(14), 'UNAVAILABLE', true],
  ['DATA_LOSS', serviceError(15), 'INTERNAL', true],
  ['UNAUTHENTICATED', serviceError(16), 'INTERNAL', true],
  ['a status that gRPC does not have', serviceError(99), 'INTERNAL', true],
])('%s', async (_, cause, type, retryable) => {
  const error = await toHandlerError(cause);
  expect(error).toBeInstanceOf(HandlerError);
  expect(error).toMatchObject({ type, retryable });
  expect(error.cause).toBe(cause);
});

test('a handler error stays as it is', async () => {
  const error = new HandlerError('CONFLICT');
  expect(await toHandlerError(error)).toBe(error);
});

test('something that is no error', async () => {
  expect(await toHandlerError('text')).toMatchObject({ type: 'INTERNAL', cause: 'text' });
});
