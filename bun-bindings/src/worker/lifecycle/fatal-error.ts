import { TransportError } from '../../errors.ts';
import { NativeBridgeError } from '../../native/error.ts';

/** What a worker fails with when no more tasks can be taken: a {@link TransportError} if the server has refused them. */
export function fatalErrorOf(error: unknown): unknown {
  if (!(error instanceof NativeBridgeError) || error.code !== 'rpc_failed') return error;
  return new TransportError(String(error.details.grpcMessage ?? error.message), { cause: error });
}
