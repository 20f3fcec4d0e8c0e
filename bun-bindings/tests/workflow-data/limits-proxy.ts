import { temporal } from '@temporalio/proto';
import Long from 'long';
import { ServerProxy } from '../support/server-proxy.ts';

const { DescribeNamespaceResponse } = temporal.api.workflowservice.v1;

/** Sizes in bytes above which a server refuses payloads. */
export interface Limits {
  blob: number;
  memo: number;
}

/** A server that tells its workers of size limits, which the dev server does not. All else is what the one behind it says. */
export function startLimitsProxy(target: string, limits: Limits): Promise<ServerProxy> {
  return ServerProxy.start(target, {
    DescribeNamespace: async ({ forward }) => withLimits(await forward(), limits),
  });
}

function withLimits(response: Buffer, { blob, memo }: Limits): Buffer {
  const description = DescribeNamespaceResponse.decode(response);
  const limits = { blobSizeLimitError: Long.fromNumber(blob), memoSizeLimitError: Long.fromNumber(memo) };
  description.namespaceInfo = { ...description.namespaceInfo, limits };
  return Buffer.from(DescribeNamespaceResponse.encode(description).finish());
}
