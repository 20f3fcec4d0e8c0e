import { status } from '@grpc/grpc-js';
import {
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { TransportError } from '../../src/errors.ts';

/** Answers that the same request gets again, however often it is sent. */
const FINAL = [
  status.ALREADY_EXISTS,
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.PERMISSION_DENIED,
  status.UNIMPLEMENTED,
];
const PAUSE_MS = 200;

/** Sends requests until they are answered, through restarts of the server, up to an end of all patience. */
export class Persistence {
  #isOver = false;

  /** Lets requests fail that are not answered. */
  end(): void {
    this.#isOver = true;
  }

  async send<T>(request: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await request();
      } catch (error) {
        if (this.#isOver || !mayPass(error)) throw error;
      }
      await Bun.sleep(PAUSE_MS);
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
  // A server that gets no CPU for seconds does not find the namespace that it has.
  if (error instanceof NamespaceNotFoundError) return true;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (isGrpcServiceError(at)) return !FINAL.includes(at.code);
    if (at instanceof TransportError || at instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  }
  return false;
}
