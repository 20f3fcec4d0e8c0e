import { callHost, host } from '../bridge.ts';
import { type Pair, QueryPairs } from './query-pairs.ts';

/** The pairs in a query. Copies: what the thread's parser makes is not for this realm. */
function parse(query: string): QueryPairs {
  return new QueryPairs(
    callHost(() => [...new host.URLSearchParams(query)].map(([name, value]): Pair => [name, value])),
  );
}

function serialize(pairs: readonly Pair[]): string {
  return callHost(() => {
    const params = new host.URLSearchParams();
    for (let index = 0; index < pairs.length; index++) params.append(pairs[index]?.[0] ?? '', pairs[index]?.[1] ?? '');
    return params.toString();
  });
}

function textOf(value: unknown): string {
  return `${value}`.toWellFormed();
}

/** Gives parameters the query of the URL that they belong to. */
let setQuery: (params: URLSearchParams, query: string) => void;
/** The query that the URL of parameters is to get. Undefined if they were not changed since it was asked for. */
let changedQuery: (params: URLSearchParams) => string | undefined;

/** `URLSearchParams` of this realm. The thread's own serves to parse and to serialize. */
export class URLSearchParams {
  static {
    setQuery = (params, query) => {
      params.#pairs = parse(query);
      params.#isChanged = false;
    };
    changedQuery = (params) => {
      if (!params.#isChanged) return undefined;
      params.#isChanged = false;
      return serialize(params.#pairs.inOrder());
    };
  }

  #pairs = new QueryPairs();
  #isChanged = false;

  constructor(init: unknown = '') {
    if (init === null || typeof init !== 'object') {
      this.#pairs = parse(init === undefined ? '' : `${init}`);
      return;
    }
    const pairs = Symbol.iterator in init ? [...(init as Iterable<Iterable<unknown>>)] : Object.entries(init);
    for (const pair of pairs) {
      const [name, value, ...rest] = [...pair];
      if (value === undefined || rest.length > 0)
        throw new TypeError('Each query pair must be an iterable [name, value] tuple');
      this.append(`${name}`, `${value}`);
    }
  }

  get size(): number {
    return this.#pairs.size;
  }

  append(name: string, value: string): void {
    this.#pairs.append([textOf(name), textOf(value)]);
    this.#isChanged = true;
  }

  delete(name: string, value?: string): void {
    this.#pairs.delete(textOf(name), value === undefined ? undefined : textOf(value));
    this.#isChanged = true;
  }

  get(name: string): string | null {
    return this.#pairs.named(textOf(name))[0]?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#pairs.named(textOf(name)).map((pair) => pair[1]);
  }

  has(name: string, value?: string): boolean {
    const named = this.#pairs.named(textOf(name));
    if (value === undefined) return named.length > 0;
    const text = textOf(value);
    return named.some((pair) => pair[1] === text);
  }

  set(name: string, value: string): void {
    this.#pairs.set(textOf(name), textOf(value));
    this.#isChanged = true;
  }

  sort(): void {
    this.#pairs.sort();
    this.#isChanged = true;
  }

  toString(): string {
    return serialize(this.#pairs.inOrder());
  }

  forEach(visit: (value: string, name: string, params: URLSearchParams) => void, thisArg?: unknown): void {
    for (const [name, value] of this.entries()) visit.call(thisArg, value, name, this);
  }

  /** Goes by the index, as the standard does: what is added or deleted meanwhile counts. */
  *entries(): IterableIterator<Pair> {
    for (let index = 0; ; index++) {
      const pair = this.#pairs.inOrder()[index];
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
          return this.#read(name);
        },
        set(this: URL, value: unknown) {
          const text = `${value}`;
          const url = this.#current();
          callHost(() => {
            url[name] = text;
          });
          if (this.#searchParams !== undefined && (name === 'href' || name === 'search'))
            setQuery(this.#searchParams, this.#read('search'));
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
    return this.#read('origin');
  }

  get searchParams(): URLSearchParams {
    if (this.#searchParams === undefined) {
      this.#searchParams = new URLSearchParams();
      setQuery(this.#searchParams, this.#read('search'));
    }
    return this.#searchParams;
  }

  toString(): string {
    return this.#read('href');
  }

  toJSON(): string {
    return this.#read('href');
  }

  #read(name: Exclude<keyof globalThis.URL, 'searchParams' | 'toJSON' | 'toString'>): string {
    const url = this.#current();
    return callHost(() => url[name]);
  }

  /** The thread's URL, with what was changed in its parameters. They may be changed often before anybody asks. */
  #current(): globalThis.URL {
    const query = this.#searchParams && changedQuery(this.#searchParams);
    if (query !== undefined) {
      callHost(() => {
        this.#host.search = query;
      });
    }
    return this.#host;
  }
}
