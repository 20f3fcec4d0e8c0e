import { TransportError } from '../../errors.ts';
import { NativeBridgeError } from '../../native/error.ts';

/**
 * Maps the error of a failed task stream to the worker's error: a {@link TransportError} if the server rejected a poll.
 */
export function fatalErrorOf(error: unknown): unknown {
  if (!(error instanceof NativeBridgeError) || error.code !== 'rpc_failed') return error;
  return new TransportError(String(error.details.grpcMessage ?? error.message), { cause: error });
}
