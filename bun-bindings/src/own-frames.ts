import type { ProtoFailure } from '@temporalio/common';

/**
 * Cuts each stack trace of a failure where it leaves the user's code.
 *
 * @param ownFrame matches the SDK's frames that called the user's code.
 */
export function withoutOwnFrames(failure: ProtoFailure, ownFrame: RegExp): ProtoFailure {
  return {
    ...failure,
    ...(failure.stackTrace && { stackTrace: cutOwnFrames(failure.stackTrace, ownFrame) }),
    ...(failure.cause && { cause: withoutOwnFrames(failure.cause, ownFrame) }),
  };
}

function cutOwnFrames(stackTrace: string, ownFrame: RegExp): string {
  const lines = stackTrace.split('\n');
  const firstOwn = lines.findIndex((line) => ownFrame.test(line));
  return firstOwn === -1 ? stackTrace : lines.slice(0, firstOwn).join('\n');
}
