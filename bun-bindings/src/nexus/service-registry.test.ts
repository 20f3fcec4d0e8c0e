import { expect, test } from 'bun:test';
import { operation, type ServiceHandler, service, serviceHandler } from 'nexus-rpc';
import { collectServices, findOperation } from './service-registry.ts';

const named = (name: string) =>
  serviceHandler(service(name, { run: operation<void, string>({ name: 'running' }) }), { run: async () => name });

test('operations are found by the names of service and operation', () => {
  const registry = collectServices([named('one'), named('two')]);
  expect([...registry.keys()]).toEqual(['one', 'two']);
  expect(findOperation(registry, 'two', 'running').name).toBe('running');
});

test.each([
  ['three', 'running', "No service handler registered for service name 'three'"],
  ['one', 'run', "Operation handler not registered for operation 'run' in service 'one'"],
])('what is not there: %s.%s', (serviceName, operationName, message) => {
  const registry = collectServices([named('one')]);
  expect(() => findOperation(registry, serviceName, operationName)).toThrow(message);
});

test('services that cannot be told apart are refused', () => {
  expect(() => collectServices([named('one'), named('one')])).toThrow("Duplicate registration of nexus service 'one'");
  expect(() => collectServices([{} as ServiceHandler])).toThrow('Nexus services must have a non-empty name.');
});
