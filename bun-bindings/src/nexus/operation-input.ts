import { ApplicationFailure, type LoadedDataConverter, type Payload } from '@temporalio/common';
import { decodeOptionalSingle } from '@temporalio/common/lib/internal-non-workflow';
import { HandlerError, type HandlerErrorType, type TypeInfo } from 'nexus-rpc';
import { fromPayloadWithTypeInfo } from '../older-common.ts';

/**
 * Decodes the input of an operation. Returns undefined if there is none. Throws a HandlerError of type `BAD_REQUEST` if
 * the payload converter cannot read the input, or if a converter or codec rejects it with a non-retryable
 * ApplicationFailure of type `PayloadValidationError`. Rethrows other ApplicationFailures and HandlerErrors.
 */
export async function decodeInput(
  { payloadCodecs, payloadConverter }: LoadedDataConverter,
  payload: Payload | null | undefined,
  type: TypeInfo | undefined,
): Promise<unknown> {
  const decoded = await decodeOptionalSingle(payloadCodecs, payload).catch((error) => {
    throw inputError(error, 'INTERNAL', 'Payload codec failed to decode Nexus operation input');
  });
  if (decoded == null) return undefined;
  try {
    return fromPayloadWithTypeInfo(payloadConverter, decoded, undefined, type);
  } catch (error) {
    throw inputError(error, 'BAD_REQUEST', 'Payload converter failed to decode Nexus operation input');
  }
}

function inputError(cause: unknown, type: HandlerErrorType, message: string): Error {
  if (cause instanceof HandlerError) return cause;
  if (!(cause instanceof ApplicationFailure)) return new HandlerError(type, message, { cause });
  const invalid = cause.nonRetryable === true && cause.type === 'PayloadValidationError';
  return invalid ? new HandlerError('BAD_REQUEST', 'Invalid operation input', { cause }) : cause;
}
