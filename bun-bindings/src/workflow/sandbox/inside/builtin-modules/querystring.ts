/** `node:querystring`. */

type Query = Record<string, string | string[]>;

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Sequences that are no UTF-8 become U+FFFD, as bytes of a text would.
    const bytes: number[] = [];
    const encoder = new TextEncoder();
    for (const part of text.split(/(%[0-9a-f]{2})/i)) {
      if (/^%[0-9a-f]{2}$/i.test(part)) bytes.push(Number.parseInt(part.slice(1), 16));
      else bytes.push(...encoder.encode(part));
    }
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }
}

function encodeText(text: unknown): string {
  return encodeURIComponent(`${text}`);
}

function asText(value: unknown): string {
  const isShown = typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint';
  return isShown || (typeof value === 'number' && Number.isFinite(value)) ? `${value}` : '';
}

export function stringify(
  query: unknown,
  separator = '&',
  equals = '=',
  { encodeURIComponent: encode = encodeText }: { encodeURIComponent?: (text: string) => string } = {},
): string {
  if (typeof query !== 'object' || query === null) return '';
  return Object.entries(query)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((item) => `${encode(name)}${equals || '='}${encode(asText(item))}`),
    )
    .join(separator || '&');
}

export function parse(
  text: unknown,
  separator = '&',
  equals = '=',
  {
    maxKeys = 1000,
    decodeURIComponent: decode = decodeText,
  }: { maxKeys?: number; decodeURIComponent?: (text: string) => string } = {},
): Query {
  const query: Query = Object.create(null);
  if (typeof text !== 'string' || text === '') return query;
  const parts = text.split(separator || '&').filter((part) => part !== '');
  for (const part of maxKeys > 0 ? parts.slice(0, maxKeys) : parts) {
    const at = part.indexOf(equals || '=');
    const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + (equals || '=').length)];
    const key = decode(name.replaceAll('+', ' '));
    const item = decode(value.replaceAll('+', ' '));
    const known = query[key];
    query[key] = known === undefined ? item : Array.isArray(known) ? [...known, item] : [known, item];
  }
  return query;
}

export { decodeText as unescape, encodeText as escape, parse as decode, stringify as encode };
