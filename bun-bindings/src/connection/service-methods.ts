import type { Constructor, Method, RPCImpl, rpc, Service } from 'protobufjs';

/** A generated service class of `@temporalio/proto`. At run time it is the service's description. */
export type ServiceClass<S extends rpc.Service> = {
  create(rpcImpl: RPCImpl, requestDelimited?: boolean, responseDelimited?: boolean): S;
};

/** A method of a service, with a callback or with a promise. */
type CallMethod = (this: rpc.Service, ...call: unknown[]) => unknown;

/**
 * Makes a service as `serviceClass.create(rpcImpl)` does, but each method when it is first asked for: messages take code that is
 * made for them, and a program calls few of the hundred and more methods.
 */
export function newService<S extends rpc.Service>(serviceClass: ServiceClass<S>, rpcImpl: RPCImpl): S {
  const { rpc, util } = require('protobufjs/light') as typeof import('protobufjs/light');
  const service = new rpc.Service(rpcImpl, false, false);
  for (const method of (serviceClass as unknown as Service).methodsArray) {
    const name = util.lcFirst(method.name);
    const define = (value: unknown): void => {
      Object.defineProperty(service, name, { value, writable: true, enumerable: true, configurable: true });
    };
    Object.defineProperty(service, name, {
      get: () => {
        const call = newMethod(method, rpc.Service.prototype.rpcCall as CallMethod);
        define(call);
        return call;
      },
      set: define,
      enumerable: true,
      configurable: true,
    });
  }
  return service as S;
}

function newMethod(method: Method, rpcCall: CallMethod): CallMethod {
  const { resolvedRequestType, resolvedResponseType } = method.resolve() as Method;
  const types = [resolvedRequestType?.ctor, resolvedResponseType?.ctor] as [Constructor<object>, Constructor<object>];
  return function rpcMethod(this: rpc.Service, request, callback) {
    return rpcCall.call(this, method, ...types, request, callback);
  };
}
