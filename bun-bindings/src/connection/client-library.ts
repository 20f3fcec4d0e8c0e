import { createRequire, Module } from 'node:module';
import { isBundled } from '../is-bundled.ts';
import { readDescriptors } from './message-library.ts';

type Whole = typeof import('@temporalio/client');

/** What this package takes of `@temporalio/client`. */
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
  const connection = ofLibrary.resolve('./connection');
  const grpc = ofLibrary.resolve('@grpc/grpc-js');
  return withoutLoading([connection, grpc], { [grpc]: () => ({ status: statusCodes(grpc) }) }, () => ({
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

/**
 * Calls `load`, and lets what it loads have some modules only when it uses something of them.
 *
 * @param known gives what there is of a module without it.
 */
function withoutLoading<T>(
  paths: readonly string[],
  known: Record<string, () => Record<string, unknown>>,
  load: () => T,
): T {
  const left = paths.filter((path) => !(path in require.cache));
  for (const path of left) require.cache[path] = standIn(path, known[path]);
  try {
    return load();
  } finally {
    for (const path of left) delete require.cache[path];
  }
}

/** A module that loads the one of its path when a member of that is asked for which is not `known`. */
function standIn(path: string, known: () => Record<string, unknown> = () => ({})): Module {
  const module = new Module(path);
  module.filename = path;
  module.loaded = true;
  module.exports = new Proxy(
    {},
    {
      // Asked for by who wants to copy the members of modules that are of another kind.
      get: (_, name) =>
        name === '__esModule' ? true : (Reflect.get(known(), name) ?? Reflect.get(require(path), name)),
      has: (_, name) => Reflect.has(require(path), name),
    },
  );
  return module;
}
