import { createRequire } from 'node:module';
import { isBundled } from '../is-bundled.ts';
import { withoutLoading } from './late-modules.ts';
import { readDescriptors } from './message-library.ts';

type Whole = typeof import('@temporalio/client');

/** The part of `@temporalio/client` that this package takes. */
type ClientLibrary = Pick<Whole, 'Client' | 'WorkflowClient'>;

/**
 * Loads the clients of `@temporalio/client`, which takes long.
 *
 * Its own kind of connection, and the gRPC library that this takes, are left until somebody uses them: they are half of it, and the
 * clients of this package come with a connection. A program that imports `@temporalio/client` gets all of it, and the same classes.
 */
export function clientLibrary(): ClientLibrary {
  readDescriptors();
  if (isBundled || require.resolve('@temporalio/client') in require.cache) {
    return require('@temporalio/client') as Whole;
  }
  const ofLibrary = createRequire(require.resolve('@temporalio/client'));
  const grpc = ofLibrary.resolve('@grpc/grpc-js');
  // Only clients of Nexus operations make ids with the last.
  const left = [ofLibrary.resolve('./connection'), grpc, ofLibrary.resolve('uuid')];
  return withoutLoading(left, { [grpc]: () => ({ status: statusCodes(grpc) }) }, () => ({
    ...(require('@temporalio/client/lib/client') as Pick<Whole, 'Client'>),
    ...(require('@temporalio/client/lib/workflow-client') as Pick<Whole, 'WorkflowClient'>),
  }));
}

/** Whether the program has loaded clients of `@temporalio/client`. */
export function clientIsLoaded(): boolean {
  if (!isBundled) return require.resolve('@temporalio/client/lib/types') in require.cache;
  // In a bundle the messages tell, which the client's library loads.
  const { roots } = require('protobufjs/light') as typeof import('protobufjs/light');
  return '__temporal' in roots;
}

/** The codes of gRPC, which are all that clients with a connection take of its library. Undefined if they lie elsewhere there. */
function statusCodes(grpc: string): object | undefined {
  try {
    return (createRequire(grpc)('./constants') as { Status?: object }).Status;
  } catch {
    return undefined;
  }
}
