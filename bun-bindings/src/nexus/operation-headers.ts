/** Headers with case-insensitive names. They are stored, and enumerated, in lower case. */
export function operationHeaders(headers: Record<string, string> | null | undefined): Record<string, string> {
  const lowered = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return new Proxy<Record<string, string>>(Object.fromEntries(lowered), {
    get: (target, name) => (typeof name === 'string' ? target[name.toLowerCase()] : undefined),
    has: (target, name) => typeof name === 'string' && name.toLowerCase() in target,
    set(target, name, value) {
      if (typeof name !== 'string') throw new TypeError('header keys must be strings');
      if (typeof value !== 'string') throw new TypeError('header values must be strings');
      target[name.toLowerCase()] = value;
      return true;
    },
  });
}
