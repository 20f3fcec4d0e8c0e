import { TransportError } from '../../errors.ts';
import { NativeBridgeError } from '../../native/error.ts';

/** Maps the error that ends a stream of tasks to the worker's: a {@link TransportError} if the server has refused a poll. */
export function fatalErrorOf(error: unknown): unknown {
  if (!(error instanceof NativeBridgeError) || error.code !== 'rpc_failed') return error;
  return new TransportError(String(error.details.grpcMessage ?? error.message), { cause: error });
}
