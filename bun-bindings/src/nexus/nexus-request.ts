import { IllegalStateError } from '@temporalio/common';
import { optionalTsToDate } from '@temporalio/common/lib/time';
import type { coresdk, temporal } from '@temporalio/proto';
import { HandlerError, type OperationContext, type StartOperationContext } from 'nexus-rpc';
import { linkFromProto } from './links.ts';
import { operationHeaders } from './operation-headers.ts';

type Request = temporal.api.nexus.v1.IRequest;

/** Builds the context of a handler for a request to start or cancel an operation. */
export function operationContextOf(
  { task, requestDeadline }: coresdk.nexus.INexusTask,
  abortSignal: AbortSignal,
): OperationContext {
  const request: Request = task?.request ?? {};
  const variant = request.startOperation ?? request.cancelOperation;
  if (variant == null) throw new HandlerError('NOT_IMPLEMENTED', 'Request method not implemented');
  return {
    service: variant.service ?? '',
    operation: variant.operation ?? '',
    headers: operationHeaders(request.header),
    abortSignal,
    requestDeadline: optionalTsToDate(requestDeadline),
  };
}

/** Adds the fields of a start request to an {@link OperationContext}. */
export function startContextOf(
  context: OperationContext,
  start: temporal.api.nexus.v1.IStartOperationRequest,
): StartOperationContext {
  if (!start.requestId) throw new IllegalStateError('Missing requestId in Nexus start operation request');
  return {
    ...context,
    requestId: start.requestId,
    inboundLinks: (start.links ?? []).map(linkFromProto),
    outboundLinks: [],
    callbackUrl: start.callback ?? undefined,
    callbackHeaders: start.callbackHeader ?? undefined,
  };
}
