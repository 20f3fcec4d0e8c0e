/** Shows values as `node:util` does, as far as the language lets code look into them. */

export interface InspectOptions {
  /** How deep objects inside of objects are shown; null for all. @default 2 */
  depth?: number | null;
  /** Also shows properties that are not enumerable. @default false */
  showHidden?: boolean;
  /** Most items of an array, a map or a set that are shown. @default 100 */
  maxArrayLength?: number | null;
  /** Most characters of a text that are shown. @default 10_000 */
  maxStringLength?: number | null;
  /** Length at which an object is shown on several lines. @default 80 */
  breakLength?: number;
  /** Sorts the properties by their names. @default false */
  sorted?: boolean | ((a: string, b: string) => number);
  /** Whether objects are asked for what they want to be shown as. @default true */
  customInspect?: boolean;
  colors?: boolean;
  compact?: boolean | number;
  getters?: boolean | 'get' | 'set';
  [other: string]: unknown;
}

/** The method by which an object says how it is shown. */
export const custom: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const ESCAPES: Record<string, string> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
};

class Inspector {
  readonly #options: InspectOptions;
  readonly #parents: object[] = [];
  readonly #circular = new Map<object, number>();

  constructor(options: InspectOptions) {
    this.#options = options;
  }

  show(value: unknown, depth: number, indent: number): string {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`;
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return String(value);
    const method: unknown = this.#options.customInspect === false ? undefined : Reflect.get(value, custom);
    if (typeof method === 'function' && method !== inspect) {
      const limit = this.#options.depth === null ? null : this.#limit - depth;
      const shown: unknown = method.call(value, limit, { ...this.#options, depth: limit }, inspect);
      if (shown !== value) return typeof shown === 'string' ? shown : this.show(shown, depth, indent);
    }
    if (this.#parents.includes(value)) {
      const index = this.#circular.get(value) ?? this.#circular.size + 1;
      this.#circular.set(value, index);
      return `[Circular *${index}]`;
    }
    return this.#object(value, depth, indent);
  }

  get #limit(): number {
    const { depth = 2 } = this.#options;
    return depth ?? Number.POSITIVE_INFINITY;
  }

  #text(value: string): string {
    const { maxStringLength = 10_000 } = this.#options;
    const limit = maxStringLength ?? Number.POSITIVE_INFINITY;
    const rest = value.length - limit;
    const text = rest > 0 ? value.slice(0, limit) : value;
    const quote = !text.includes("'")
      ? "'"
      : !text.includes('"')
        ? '"'
        : text.includes('`') || text.includes('${')
          ? "'"
          : '`';
    const escaped = text.replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
      /[\u0000-\u001f\u007f-\u009f\\']/g,
      (char) =>
        char === "'"
          ? quote === "'"
            ? "\\'"
            : char
          : (ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`),
    );
    return `${quote}${escaped}${quote}${rest > 0 ? `... ${rest} more character${rest > 1 ? 's' : ''}` : ''}`;
  }

  #object(value: object, depth: number, indent: number): string {
    const name = classNameOf(value);
    const items: string[] = [];
    let prefix = name === 'Object' ? '' : name === undefined ? '[Object: null prototype] ' : `${name} `;
    let braces: [string, string] = ['{', '}'];
    let keys = this.#keysOf(value);
    let base = '';
    const show = (inner: unknown): string => this.show(inner, depth + 1, indent + 2);
    const { maxArrayLength = 100 } = this.#options;
    const most = maxArrayLength ?? Number.POSITIVE_INFINITY;

    const listItems =
      (list: Iterable<unknown>, size: number, each: (item: never) => string): (() => void) =>
      () => {
        let index = 0;
        for (const item of list) {
          if (index++ >= most) break;
          items.push(each(item as never));
        }
        if (size > most) items.push(`... ${size - most} more item${size - most > 1 ? 's' : ''}`);
      };
    let fill = (): void => {};

    if (Array.isArray(value)) {
      prefix = name === 'Array' ? '' : `${name ?? '[Array: null prototype]'}(${value.length}) `;
      braces = ['[', ']'];
      keys = keys.filter((key) => !isIndex(key));
      fill = () => this.#arrayItems(value, most, items, show);
    } else if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      const list = value as unknown as ArrayLike<number> & Iterable<number>;
      prefix = `${name}(${list.length}) `;
      braces = ['[', ']'];
      keys = keys.filter((key) => !isIndex(key));
      fill = listItems(list, list.length, (item) => this.show(item, depth, 0));
    } else if (value instanceof Map) {
      prefix = `${name}(${value.size}) `;
      fill = listItems(value, value.size, ([key, item]: [unknown, unknown]) => `${show(key)} => ${show(item)}`);
    } else if (value instanceof Set) {
      prefix = `${name}(${value.size}) `;
      fill = listItems(value, value.size, show);
    } else if (value instanceof ArrayBuffer) {
      fill = () => {
        const bytes = [...new Uint8Array(value)].slice(0, 50).map((byte) => byte.toString(16).padStart(2, '0'));
        items.push(`[Uint8Contents]: <${bytes.join(' ')}>`, `byteLength: ${value.byteLength}`);
      };
    } else if (typeof value === 'function') {
      base = functionBase(value);
    } else if (value instanceof RegExp) {
      base = RegExp.prototype.toString.call(value);
    } else if (value instanceof Date) {
      const time = Date.prototype.getTime.call(value);
      base = Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
    } else if (value instanceof Error) {
      base = this.#error(value, indent);
      keys = keys.filter((key) => !['stack', 'message', 'name', 'cause'].includes(key as string));
      fill = () => {
        if (Object.hasOwn(value, 'cause')) items.push(`[cause]: ${show(value.cause)}`);
        if (value instanceof AggregateError) items.push(`[errors]: ${show(value.errors)}`);
      };
      keys = keys.filter((key) => key !== 'errors' || !(value instanceof AggregateError));
    } else {
      const boxed = boxedText(value, show);
      if (boxed !== undefined) {
        base = boxed;
        keys = keys.filter((key) => !(value instanceof String) || !isIndex(key));
      } else if (value instanceof WeakMap || value instanceof WeakSet) {
        fill = () => void items.push('<items unknown>');
      } else if (value instanceof Promise) {
        prefix = `${name} `;
      } else {
        const tag: unknown = Reflect.get(value, Symbol.toStringTag);
        if (typeof tag === 'string' && tag !== '' && tag !== name)
          prefix = `${name ?? 'Object <null prototype>'} [${tag}] `;
      }
    }

    if (depth > this.#limit) {
      if (base !== '') return base;
      return `[${Array.isArray(value) ? 'Array' : (name ?? 'Object: null prototype')}]`;
    }
    this.#parents.push(value);
    fill();
    for (const key of keys) items.push(this.#property(value, key, Array.isArray(value), show));
    this.#parents.pop();
    const index = this.#circular.get(value);
    const reference = index === undefined ? '' : `<ref *${index}> `;
    if (items.length === 0) return `${reference}${base === '' ? `${prefix}${braces[0]}${braces[1]}` : base}`;
    const start = `${reference}${base === '' ? prefix : `${base} `}${braces[0]}`;
    return this.#join(items, start, braces[1], indent);
  }

  #join(items: string[], start: string, end: string, indent: number): string {
    const { breakLength = 80 } = this.#options;
    const length = items.reduce((sum, item) => sum + item.length + 2, start.length + items.length);
    const lineBreak = `\n${' '.repeat(indent + 2)}`;
    if (length + start.length <= breakLength && !items.some((item) => item.includes('\n')) && !start.includes('\n'))
      return `${start} ${items.join(', ')} ${end}`;
    return `${start}${lineBreak}${items.join(`,${lineBreak}`)}\n${' '.repeat(indent)}${end}`;
  }

  #arrayItems(value: unknown[], most: number, items: string[], show: (item: unknown) => string): void {
    let shown = 0;
    for (let index = 0; index < value.length && shown < most; shown++) {
      if (Object.hasOwn(value, index)) {
        items.push(show(value[index++]));
        continue;
      }
      const start = index;
      while (index < value.length && !Object.hasOwn(value, index)) index++;
      items.push(`<${index - start} empty item${index - start > 1 ? 's' : ''}>`);
    }
    const rest = value.length - most;
    if (rest > 0) items.push(`... ${rest} more item${rest > 1 ? 's' : ''}`);
  }

  #keysOf(value: object): PropertyKey[] {
    const { showHidden = false, sorted = false } = this.#options;
    const keys: PropertyKey[] = showHidden ? Object.getOwnPropertyNames(value) : Object.keys(value);
    if (sorted) keys.sort(typeof sorted === 'function' ? (sorted as never) : undefined);
    const symbols = Object.getOwnPropertySymbols(value).filter(
      (symbol) => showHidden || Object.prototype.propertyIsEnumerable.call(value, symbol),
    );
    return [...keys, ...symbols];
  }

  #property(value: object, key: PropertyKey, inArray: boolean, show: (inner: unknown) => string): string {
    const property = Object.getOwnPropertyDescriptor(value, key) ?? {
      value: Reflect.get(value, key),
      enumerable: true,
    };
    const name =
      typeof key === 'symbol'
        ? `[${String(key)}]`
        : IDENTIFIER.test(String(key))
          ? String(key)
          : this.#text(String(key));
    const shownName = property.enumerable === false && typeof key !== 'symbol' ? `[${String(key)}]` : name;
    const { get, set } = property;
    const shown =
      get !== undefined
        ? set !== undefined
          ? '[Getter/Setter]'
          : '[Getter]'
        : set !== undefined
          ? '[Setter]'
          : show(property.value);
    return inArray && isIndex(key) ? shown : `${shownName}: ${shown}`;
  }

  #error(error: Error, indent: number): string {
    const { name, message, stack } = error;
    const title = `${name}${message ? `: ${message}` : ''}`;
    const text = typeof stack === 'string' && stack !== '' ? stack : `[${title}]`;
    const full = text.includes(message) ? text : `${title}\n${text}`;
    return indent > 0 ? full.replaceAll('\n', `\n${' '.repeat(indent)}`) : full;
  }
}

function isIndex(key: PropertyKey): boolean {
  return typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key) && Number(key) < 2 ** 32 - 1;
}

function classNameOf(value: object): string | undefined {
  for (let holder: object | null = value; holder !== null; holder = Object.getPrototypeOf(holder)) {
    const maker: unknown = Object.hasOwn(holder, 'constructor') ? Reflect.get(holder, 'constructor') : undefined;
    if (typeof maker === 'function' && maker.name !== '' && (holder !== value || value instanceof maker))
      return maker.name;
  }
  return undefined;
}

function functionBase(value: object): string {
  const { name } = value as { name: unknown };
  const shownName = typeof name === 'string' && name !== '' ? `: ${name}` : ' (anonymous)';
  if (/^class[\s{]/.test(Function.prototype.toString.call(value))) {
    const parent: unknown = Object.getPrototypeOf(value);
    const parentName = typeof parent === 'function' && parent.name !== '' ? ` extends ${parent.name}` : '';
    return `[class${shownName.replace(':', '')}${parentName}]`;
  }
  const kind = Object.getPrototypeOf(value)?.constructor?.name;
  return `[${typeof kind === 'string' && kind.endsWith('Function') ? kind : 'Function'}${shownName}]`;
}

function boxedText(value: object, show: (inner: unknown) => string): string | undefined {
  for (const Kind of [Number, String, Boolean, BigInt, Symbol]) {
    if (!(value instanceof Kind)) continue;
    try {
      return `[${Kind.name}: ${show((Kind.prototype.valueOf as () => unknown).call(value))}]`;
    } catch {
      // A look-alike.
    }
  }
  return undefined;
}

/** The text of a value, for people. */
export function inspect(value: unknown, options: InspectOptions | boolean = {}, depth?: number | null): string {
  const given: InspectOptions =
    typeof options === 'object' && options !== null
      ? options
      : { showHidden: !!options, ...(depth !== undefined && { depth }) };
  return new Inspector(given).show(value, 0, 0);
}
inspect.custom = custom;

/** Fills a text with values, as `console.log` does. */
export function format(...args: unknown[]): string {
  const [first, ...rest] = args;
  if (typeof first !== 'string') return args.map((value) => asWord(value)).join(' ');
  let next = 0;
  const text = first.replace(/%[sdifjoOc%]/g, (mark) => {
    if (mark === '%%') return rest.length > 0 ? '%' : mark;
    if (next >= rest.length) return mark;
    const value = rest[next++];
    switch (mark) {
      case '%s':
        return typeof value === 'object' && value !== null && !hasOwnText(value)
          ? inspect(value, { depth: 0 })
          : typeof value === 'bigint'
            ? `${value}n`
            : Object.is(value, -0)
              ? '-0'
              : String(value);
      case '%d':
        return typeof value === 'bigint'
          ? `${value}n`
          : typeof value === 'symbol' || typeof value === 'object'
            ? 'NaN'
            : `${Number(value)}`;
      case '%i':
        return typeof value === 'bigint'
          ? `${value}n`
          : typeof value === 'symbol' || typeof value === 'object'
            ? 'NaN'
            : `${Number.parseInt(value as string, 10)}`;
      case '%f':
        return typeof value === 'symbol' ? 'NaN' : `${Number.parseFloat(value as string)}`;
      case '%j':
        return asJson(value);
      case '%o':
        return inspect(value, { showHidden: true, depth: 4 });
      case '%O':
        return inspect(value);
      default:
        return '';
    }
  });
  return [text, ...rest.slice(next).map((value) => asWord(value))].join(' ');
}

function asWord(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value);
}

/** Whether a class says how its objects are written as text. */
function hasOwnText(value: object): boolean {
  if (value instanceof Error) return true;
  const toText: unknown = Reflect.get(value, 'toString');
  return (
    typeof toText === 'function' &&
    toText !== Object.prototype.toString &&
    toText !== Array.prototype.toString &&
    !(value instanceof Date)
  );
}

function asJson(value: unknown): string {
  try {
    return `${JSON.stringify(value)}`;
  } catch (error) {
    if (error instanceof TypeError && /circular|cyclic/i.test(error.message)) return '[Circular]';
    throw error;
  }
}
