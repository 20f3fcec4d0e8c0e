/** Collects the plugins that are applied to a compiler. */
export const collect: unique symbol = Symbol('collect');

/** The compiler that plugins are applied to. */
export interface PluginCompiler {
  [collect](plugin: object): void;
}

abstract class KnownPlugin {
  apply(compiler: PluginCompiler): void {
    compiler[collect](this);
  }
}

// Plugins find these classes at `compiler.webpack`. Names and fields are those of webpack, because instances of webpack's own
// classes are read in the same way.

export class DefinePlugin extends KnownPlugin {
  /** A value that is computed when it is used. */
  static runtimeValue(fn: (context: object) => unknown): object {
    return new RuntimeValue(fn);
  }

  readonly definitions: object;

  constructor(definitions: object) {
    super();
    this.definitions = definitions;
  }
}

class RuntimeValue {
  readonly fn: (context: object) => unknown;

  constructor(fn: (context: object) => unknown) {
    this.fn = fn;
  }
}

export class EnvironmentPlugin extends KnownPlugin {
  readonly keys: string[];
  readonly defaultValues: Record<string, unknown>;

  constructor(...keys: (string | string[] | Record<string, unknown>)[]) {
    super();
    const [first = []] = keys;
    const isObject = typeof first === 'object' && !Array.isArray(first);
    this.defaultValues = isObject ? first : {};
    this.keys = isObject ? Object.keys(first) : (keys.flat() as string[]);
  }
}

export class ProvidePlugin extends KnownPlugin {
  readonly definitions: object;

  constructor(definitions: object) {
    super();
    this.definitions = definitions;
  }
}

export class IgnorePlugin extends KnownPlugin {
  readonly options: object;

  constructor(options: object) {
    super();
    this.options = options;
  }
}

export class NormalModuleReplacementPlugin extends KnownPlugin {
  readonly resourceRegExp: RegExp;
  readonly newResource: unknown;

  constructor(resourceRegExp: RegExp, newResource: unknown) {
    super();
    this.resourceRegExp = resourceRegExp;
    this.newResource = newResource;
  }
}

export class ContextReplacementPlugin extends KnownPlugin {
  readonly resourceRegExp: RegExp;
  readonly newContentRegExp?: RegExp;
  readonly newContentResource?: unknown;

  constructor(resourceRegExp: RegExp, newContent: unknown, ...others: unknown[]) {
    super();
    this.resourceRegExp = resourceRegExp;
    if (newContent instanceof RegExp && others.length === 0) this.newContentRegExp = newContent;
    else this.newContentResource = newContent;
  }
}
