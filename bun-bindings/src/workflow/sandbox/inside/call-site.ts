/** A frame of a stack, as functions that are assigned to `Error.prepareStackTrace` get it. */
export class CallSite {
  readonly #line: string;
  readonly #name: string | undefined;
  readonly #file: string | undefined;
  readonly #row: number | undefined;
  readonly #column: number | undefined;

  private constructor(line: string) {
    this.#line = line;
    const [, name, file, row, column] = /^(?:async )?(?:(.*) \()?(.*?):(\d+):(\d+)\)?$/.exec(line) ?? [];
    this.#name = name;
    this.#file = file;
    this.#row = row === undefined ? undefined : Number(row);
    this.#column = column === undefined ? undefined : Number(column);
  }

  /** Makes the call sites of the frames of a stack. */
  static ofStack(frames: string): CallSite[] {
    const sites: CallSite[] = [];
    for (const line of frames.split('\n    at ')) if (line !== '') sites.push(new CallSite(line));
    return sites;
  }

  getFileName(): string | null {
    return this.#file ?? null;
  }

  getScriptNameOrSourceURL(): string | null {
    return this.getFileName();
  }

  getLineNumber(): number | null {
    return this.#row ?? null;
  }

  getColumnNumber(): number | null {
    return this.#column ?? null;
  }

  getFunctionName(): string | null {
    const name = this.#name?.replace(/^new /, '');
    return name === undefined || name === '<anonymous>' ? null : name;
  }

  getMethodName(): string | null {
    return null;
  }

  getTypeName(): string | null {
    return null;
  }

  /** Undefined, as in V8 for strict code. */
  getThis(): undefined {}

  /** Undefined, as in V8 for strict code. */
  getFunction(): undefined {}

  getEvalOrigin(): undefined {}

  isAsync(): boolean {
    return this.#line.startsWith('async ');
  }

  isConstructor(): boolean {
    return this.#name?.startsWith('new ') ?? false;
  }

  isEval(): boolean {
    return false;
  }

  isNative(): boolean {
    return this.#file === undefined;
  }

  isPromiseAll(): boolean {
    return false;
  }

  isToplevel(): boolean {
    return this.#name === undefined;
  }

  toString(): string {
    return this.#line;
  }
}

// All runs get at them.
for (const method of Object.values(Object.getOwnPropertyDescriptors(CallSite.prototype))) Object.freeze(method.value);
Object.freeze(CallSite.prototype);
Object.freeze(CallSite);
