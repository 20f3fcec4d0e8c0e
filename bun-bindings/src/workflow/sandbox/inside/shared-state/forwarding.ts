/** The objects behind the proxies that {@link forwardingTo} has made. */
const targets = new WeakMap<object, object>();

/** A proxy that only takes part in calls: its properties and its prototype are those of `target`. */
export function forwardingTo<T extends object>(target: T, calls: Pick<ProxyHandler<T>, 'apply' | 'construct'>): T {
  const proxy = new Proxy(target, calls);
  targets.set(proxy, target);
  return proxy;
}

/** The object that has the properties of another one: that itself, or what is behind a proxy of ours. */
export function holderOf(object: object): object {
  return targets.get(object) ?? object;
}
