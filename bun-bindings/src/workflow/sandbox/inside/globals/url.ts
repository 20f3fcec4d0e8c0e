import { callHost, host } from '../bridge.ts';

type Pair = [name: string, value: string];

const ofUrl = Symbol('search parameters of a URL');

/** `URLSearchParams` of this realm, on top of the thread's. */
export class URLSearchParams {
  readonly #host: globalThis.URLSearchParams;

  constructor(init: unknown = '', owner?: symbol) {
    if (owner === ofUrl) {
      this.#host = init as globalThis.URLSearchParams;
      return;
    }
    if (init === null || typeof init !== 'object') {
      this.#host = callHost(() => new host.URLSearchParams(init === undefined ? '' : `${init}`));
      return;
    }
    this.#host = new host.URLSearchParams();
    const pairs = Symbol.iterator in init ? [...(init as Iterable<Iterable<unknown>>)] : Object.entries(init);
    for (const pair of pairs) {
      const [name, value, ...rest] = [...pair];
      if (value === undefined || rest.length > 0)
        throw new TypeError('Each query pair must be an iterable [name, value] tuple');
      this.append(`${name}`, `${value}`);
    }
  }

  get size(): number {
    return this.#host.size;
  }

  append(name: string, value: string): void {
    const pair: Pair = [`${name}`, `${value}`];
    callHost(() => this.#host.append(pair[0], pair[1]));
  }

  delete(name: string, value?: string): void {
    const key = `${name}`;
    if (value === undefined) callHost(() => this.#host.delete(key));
    else callHost(() => this.#host.delete(key, `${value}`));
  }

  get(name: string): string | null {
    return callHost(() => this.#host.get(`${name}`));
  }

  getAll(name: string): string[] {
    return [...callHost(() => this.#host.getAll(`${name}`))];
  }

  has(name: string, value?: string): boolean {
    return value === undefined
      ? callHost(() => this.#host.has(`${name}`))
      : callHost(() => this.#host.has(`${name}`, `${value}`));
  }

  set(name: string, value: string): void {
    callHost(() => this.#host.set(`${name}`, `${value}`));
  }

  sort(): void {
    callHost(() => this.#host.sort());
  }

  toString(): string {
    return callHost(() => this.#host.toString());
  }

  forEach(visit: (value: string, name: string, params: URLSearchParams) => void, thisArg?: unknown): void {
    for (const [name, value] of this.entries()) visit.call(thisArg, value, name, this);
  }

  // Not a generator over the host's iterator: that one lives in the thread's realm.
  *entries(): IterableIterator<Pair> {
    for (let index = 0; ; index++) {
      const pair = [...this.#host][index];
      if (pair === undefined) return;
      yield [pair[0], pair[1]];
    }
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<Pair> {
    return this.entries();
  }
}

/** `URL` of this realm, on top of the thread's. */
export class URL {
  static {
    for (const name of [
      'href',
      'protocol',
      'username',
      'password',
      'host',
      'hostname',
      'port',
      'pathname',
      'search',
      'hash',
    ] as const) {
      Object.defineProperty(URL.prototype, name, {
        get(this: URL): string {
          return callHost(() => this.#host[name]);
        },
        set(this: URL, value: unknown) {
          const text = `${value}`;
          callHost(() => {
            this.#host[name] = text;
          });
        },
        enumerable: true,
        configurable: true,
      });
    }
  }

  readonly #host: globalThis.URL;
  #searchParams: URLSearchParams | undefined;

  constructor(url: string | URL, base?: string | URL) {
    const text = `${url}`;
    const baseText = base === undefined ? undefined : `${base}`;
    this.#host = callHost(() => new host.URL(text, baseText));
  }

  // A parameter with a default does not count: polyfills take a function of another length for a broken one.
  static canParse(url: string | URL, base: string | URL | undefined = undefined): boolean {
    const text = `${url}`;
    const baseText = base === undefined ? undefined : `${base}`;
    return callHost(() => host.URL.canParse(text, baseText));
  }

  static parse(url: string | URL, base: string | URL | undefined = undefined): URL | null {
    return URL.canParse(url, base) ? new URL(url, base) : null;
  }

  get origin(): string {
    return callHost(() => this.#host.origin);
  }

  get searchParams(): URLSearchParams {
    this.#searchParams ??= new URLSearchParams(this.#host.searchParams, ofUrl);
    return this.#searchParams;
  }

  toString(): string {
    return callHost(() => this.#host.href);
  }

  toJSON(): string {
    return callHost(() => this.#host.href);
  }
}
