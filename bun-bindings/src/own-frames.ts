import type { ProtoFailure } from '@temporalio/common';

/**
 * Matches the frames of the SDK's that call the user's code.
 *
 * @param call the name of the function that does: executables have no paths.
 * @param folder the folder of the modules that do, in the sources and in the package.
 * @param modules the names of these, as a regular expression.
 */
export function ownFrame(call: string, folder: string, modules: string): RegExp {
  return new RegExp(String.raw`at (?:async )?${call} \(|[\\/](?:src|lib)[\\/]${folder}[\\/](?:${modules})\.[tj]s:\d+`);
}

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
