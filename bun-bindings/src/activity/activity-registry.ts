import { type ActivityFunction, ApplicationFailure } from '@temporalio/common';
import { throwIfReservedName } from '@temporalio/common/lib/reserved';

/** Activity functions by type. */
export type ActivityRegistry = ReadonlyMap<string, ActivityFunction>;

/**
 * Collects the functions of `WorkerOptions.activities`: the entries of a Map, the properties of an object or a module,
 * or the methods of a class instance, bound to that instance. Other values are ignored.
 */
export function collectActivities(activities: object | undefined): ActivityRegistry {
  const registry = new Map<string, ActivityFunction>();
  if (activities === undefined) return registry;
  for (const [name, value] of activities instanceof Map ? activities : Object.entries(activities)) {
    if (typeof value === 'function') registry.set(name, value);
  }
  for (const [name, method] of methodsOf(activities)) {
    if (!registry.has(name)) registry.set(name, method);
  }
  for (const name of registry.keys()) throwIfReservedName('activity', name);
  return registry;
}

/** Lists the methods that `instance` inherits from its classes. A method of a subclass hides that of its base class. */
function methodsOf(instance: object): Map<string, ActivityFunction> {
  const methods = new Map<string, ActivityFunction>();
  if (instance instanceof Map) return methods;
  let prototype: object | null = Object.getPrototypeOf(instance);
  while (prototype !== null && prototype !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name === 'constructor' || typeof value !== 'function' || methods.has(name)) continue;
      // Keep the properties that setActivityOptions() has set on the method.
      methods.set(name, Object.assign(value.bind(instance), value));
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  return methods;
}

/**
 * Returns the function of an activity type, or the one named `default`. Throws a retryable failure that lists the
 * types.
 */
export function findActivity(registry: ActivityRegistry, activityType: string): ActivityFunction {
  const found = registry.get(activityType) ?? registry.get('default');
  if (found !== undefined) return found;
  throw ApplicationFailure.create({
    type: 'NotFoundError',
    message: `Activity function ${activityType} is not registered on this Worker, available activities: ${JSON.stringify(
      [...registry.keys()],
    )}`,
    nonRetryable: false,
  });
}
