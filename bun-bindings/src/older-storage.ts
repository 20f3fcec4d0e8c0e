import { type Payload, ValueError } from '@temporalio/common';
import { isReferencePayload } from '@temporalio/common/lib/internal-non-workflow';

/**
 * Returns a payload that holds its data, for versions before 1.21 of the `@temporalio` packages. These know references to
 * external storage, but cannot fetch what they stand for.
 *
 * @throws ValueError if the payload is a reference.
 */
export function refuseReference(payload: Payload): Payload {
  if (!isReferencePayload(payload)) return payload;
  throw new ValueError(
    'A payload is a reference to external storage, which needs version 1.21 or later of the @temporalio packages',
  );
}
