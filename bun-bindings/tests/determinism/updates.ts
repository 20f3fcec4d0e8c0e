import { isGrpcServiceError } from '@temporalio/client';

/**
 * Sends an update. Sends it again if it came with a workflow task that the server took no answer for, since other events had
 * come meanwhile: such an update was not accepted.
 */
export async function sendUpdate<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (isNotReady(error)) return sendUpdate(send);
    throw error;
  }
}

function isNotReady(error: unknown): boolean {
  return (
    isGrpcServiceError((error as Error).cause) &&
    String((error as Error).cause).includes('unexpected workflow task failure')
  );
}
