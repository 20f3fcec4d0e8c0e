import type { temporal } from '@temporalio/proto';
import { HandlerError, type Link } from 'nexus-rpc';

/** Decodes a link of a request. Throws a HandlerError of type `BAD_REQUEST` if it is invalid. */
export function linkFromProto({ url, type }: temporal.api.nexus.v1.ILink): Link {
  if (!url) throw new HandlerError('BAD_REQUEST', 'empty link URL');
  if (!type) throw new HandlerError('BAD_REQUEST', 'empty link type');
  if (!URL.canParse(url)) throw new HandlerError('BAD_REQUEST', `invalid link URL: ${url}`);
  return { url: new URL(url), type };
}

/** Encodes a link that a handler added to the response. */
export function linkToProto({ url, type }: Link): temporal.api.nexus.v1.ILink {
  return { url: url.toString(), type };
}
