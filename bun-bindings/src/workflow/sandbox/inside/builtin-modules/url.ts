/** `node:url`: the classes of the standard, and what older code uses. */
import * as querystring from './querystring.ts';

const { URL, URLSearchParams } = globalThis;

/** Protocols that have two slashes, with and without them. */
const SLASHED = new Set(['http:', 'https:', 'ftp:', 'gopher:', 'file:', 'ws:', 'wss:']);
const HOSTLESS = new Set(['javascript:']);

/** A URL in parts, as `url.parse` gives it. */
export class Url {
  protocol: string | null = null;
  slashes: boolean | null = null;
  auth: string | null = null;
  host: string | null = null;
  port: string | null = null;
  hostname: string | null = null;
  hash: string | null = null;
  search: string | null = null;
  query: string | Record<string, string | string[]> | null = null;
  pathname: string | null = null;
  path: string | null = null;
  href = '';
}

export function parse(url: string | Url, parseQuery = false, slashesDenoteHost = false): Url {
  if (url instanceof Url) return url;
  if (typeof url !== 'string')
    throw Object.assign(new TypeError('The "url" argument must be of type string'), { code: 'ERR_INVALID_ARG_TYPE' });
  const result = new Url();
  let rest = url.trim().replace(/^[^?#]*/, (start) => start.replaceAll('\\', '/'));
  const hashAt = rest.indexOf('#');
  if (hashAt >= 0) {
    result.hash = escapeUnsafe(rest.slice(hashAt));
    rest = rest.slice(0, hashAt);
  }
  const queryAt = rest.indexOf('?');
  if (queryAt >= 0) {
    result.search = escapeUnsafe(rest.slice(queryAt));
    result.query = result.search.slice(1);
    rest = rest.slice(0, queryAt);
  } else if (parseQuery) {
    result.search = '';
    result.query = '';
  }
  if (parseQuery) result.query = querystring.parse(result.query);
  const protocol = /^[a-z0-9.+-]+:/i.exec(rest)?.[0];
  if (protocol !== undefined) {
    result.protocol = protocol.toLowerCase();
    rest = rest.slice(protocol.length);
  }
  const isHostless = HOSTLESS.has(result.protocol ?? '');
  const mayHaveHost = slashesDenoteHost || protocol !== undefined || /^\/\/[^@/]+@[^@/]+/.test(rest);
  if (rest.startsWith('//') && !isHostless && mayHaveHost) {
    result.slashes = true;
    rest = rest.slice('//'.length);
  }
  if (result.slashes || (result.protocol !== null && !isHostless && !SLASHED.has(result.protocol))) {
    const [, authority = '', path = ''] = /^([^/]*)(.*)$/s.exec(rest) ?? [];
    takeAuthority(result, authority);
    rest = path;
  }
  if (rest !== '') result.pathname = escapeUnsafe(rest);
  if (result.slashes && SLASHED.has(result.protocol ?? '') && result.hostname && result.pathname === null)
    result.pathname = '/';
  if (result.pathname !== null || result.search) result.path = `${result.pathname ?? ''}${result.search ?? ''}`;
  result.href = format(result);
  return result;
}

function takeAuthority(result: Url, authority: string): void {
  const at = authority.lastIndexOf('@');
  if (at >= 0) result.auth = decodeURIComponent(authority.slice(0, at));
  const [, hostname = '', port] = /^(.*?)(?::(\d*))?$/s.exec(authority.slice(at + 1)) ?? [];
  result.port = port || null;
  result.hostname = /^\[.*\]$/.test(hostname)
    ? hostname.slice(1, -1)
    : domainToASCII(hostname) || hostname.toLowerCase();
  const shown = hostname.startsWith('[') ? hostname : result.hostname;
  result.host = `${shown}${result.port === null ? '' : `:${result.port}`}`;
}

function escapeUnsafe(text: string): string {
  return text.replace(/[\s<>"`{}|\\^']/g, (char) => (char === "'" ? '%27' : encodeURIComponent(char)));
}

export function format(
  url: string | URL | Partial<Url>,
  options: { fragment?: boolean; search?: boolean; auth?: boolean } = {},
): string {
  if (typeof url === 'string') return format(parse(url));
  if (url instanceof URL) {
    const copy = new URL(url);
    if (options.fragment === false) copy.hash = '';
    if (options.search === false) copy.search = '';
    if (options.auth === false) {
      copy.username = '';
      copy.password = '';
    }
    return copy.href;
  }
  const protocol = url.protocol ? `${url.protocol}${url.protocol.endsWith(':') ? '' : ':'}` : '';
  const auth = url.auth ? `${encodeURIComponent(url.auth).replace(/%3A/i, ':')}@` : '';
  const hostname = url.hostname?.includes(':') ? `[${url.hostname}]` : url.hostname;
  const host = url.host ? `${auth}${url.host}` : hostname ? `${auth}${hostname}${url.port ? `:${url.port}` : ''}` : '';
  const query = typeof url.query === 'object' && url.query !== null ? querystring.stringify(url.query) : '';
  const search = url.search || (query ? `?${query}` : '');
  const hash = url.hash ? `${url.hash.startsWith('#') ? '' : '#'}${url.hash}` : '';
  let pathname = (url.pathname ?? '').replace(/[?#]/g, encodeURIComponent);
  const hasSlashes = url.slashes || ((protocol === '' || SLASHED.has(protocol)) && host !== '');
  if (hasSlashes && pathname !== '' && !pathname.startsWith('/')) pathname = `/${pathname}`;
  return `${protocol}${hasSlashes ? '//' : ''}${host}${pathname}${search && !search.startsWith('?') ? `?${search}` : search.replaceAll('#', '%23')}${hash}`;
}

/** Where a link that stands in a document leads. */
export function resolve(from: string, to: string): string {
  const base = new URL(from, 'resolve://');
  const resolved = new URL(to, base);
  if (resolved.protocol !== 'resolve:') return resolved.href;
  return `${resolved.pathname}${resolved.search}${resolved.hash}`;
}

export function domainToASCII(domain: string): string {
  try {
    return new URL(`ws://${domain}`).hostname;
  } catch {
    return '';
  }
}

export function fileURLToPath(url: string | URL): string {
  const { protocol, hostname, pathname } = typeof url === 'string' ? new URL(url) : url;
  if (protocol !== 'file:') throw new TypeError('The URL must be of scheme file');
  if (hostname !== '') throw new TypeError('File URL host must be "localhost" or empty');
  if (/%2f/i.test(pathname)) throw new TypeError('File URL path must not include encoded / characters');
  return decodeURIComponent(pathname);
}

export function pathToFileURL(path: string): URL {
  const url = new URL('file:///');
  url.pathname = path.replace(/[%\\\n\r\t?#]/g, (char) => encodeURIComponent(char));
  return url;
}

export function urlToHttpOptions(url: URL): object {
  const { protocol, hostname, hash, search, pathname, href, port, username, password } = url;
  return {
    protocol,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    hash,
    search,
    pathname,
    path: `${pathname}${search}`,
    href,
    ...(port !== '' && { port: Number(port) }),
    ...((username || password) && { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
  };
}

export { URL, URLSearchParams };
