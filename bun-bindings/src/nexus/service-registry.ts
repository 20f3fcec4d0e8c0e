import { HandlerError, type OperationDefinition, type OperationHandler, type ServiceHandler } from 'nexus-rpc';

/** Service handlers by name. */
export type ServiceRegistry = ReadonlyMap<string, ServiceHandler>;

/** The handler of an operation, with the definition of the operation. */
export type Operation = OperationDefinition<unknown, unknown> & OperationHandler<unknown, unknown>;

/** Collects `WorkerOptions.nexusServices`. Throws a TypeError for a duplicate or a missing name. */
// biome-ignore lint/suspicious/noExplicitAny: a service handler may be of any operations.
export function collectServices(services: readonly ServiceHandler<any>[] = []): ServiceRegistry {
  const registry = new Map<string, ServiceHandler>();
  for (const service of services) {
    const name = service.definition?.name;
    if (!name) throw new TypeError('Nexus services must have a non-empty name.');
    if (registry.has(name)) throw new TypeError(`Duplicate registration of nexus service '${name}'`);
    registry.set(name, service);
  }
  return registry;
}

/** Returns the handler of an operation. Throws a HandlerError of type `NOT_FOUND` if there is none. */
export function findOperation(registry: ServiceRegistry, service: string, operation: string): Operation {
  const handler = registry.get(service);
  if (handler === undefined) {
    throw new HandlerError('NOT_FOUND', `No service handler registered for service name '${service}'`);
  }
  return handler.getOperationHandler(operation);
}
