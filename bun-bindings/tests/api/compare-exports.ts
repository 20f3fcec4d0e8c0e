import ts from 'typescript';

/** How one export of upstream's is here. */
export interface Comparison {
  name: string;
  kind: string;
  here: boolean;
  /** Names of its public properties, options and static members that are missing here. */
  missing: string[];
}

export interface ApiComparison {
  /** One for each export of upstream's, in its order. */
  exports: Comparison[];
  /** Names that only we export. */
  added: string[];
}

/** Compares what two modules export, by their types. `upstream` and `own` are paths of files that TypeScript can read. */
export function compareExports(upstream: string, own: string): ApiComparison {
  const program = ts.createProgram([upstream, own], {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const theirs = exportsOf(program, upstream);
  const ours = exportsOf(program, own);
  const exports = [...theirs].map(([name, symbol]) => {
    const counterpart = ours.get(name);
    const known = new Set(counterpart && membersOf(checker, counterpart));
    const missing = counterpart ? membersOf(checker, symbol).filter((member) => !known.has(member)) : [];
    return { name, kind: kindOf(symbol), here: counterpart !== undefined, missing };
  });
  return { exports, added: [...ours.keys()].filter((name) => !theirs.has(name)) };
}

/** The exports of a module of a program, by name. Those that it only hands on are as they are at their origin. */
export function exportsOf(program: ts.Program, file: string): Map<string, ts.Symbol> {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} is no module`);
  return new Map(
    checker
      .getExportsOfModule(module)
      .map((symbol) => [symbol.name, symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol]),
  );
}

function kindOf({ flags }: ts.Symbol): string {
  if (flags & ts.SymbolFlags.Class) return 'class';
  if (flags & ts.SymbolFlags.Interface) return 'interface';
  if (flags & ts.SymbolFlags.TypeAlias) return 'type';
  if (flags & ts.SymbolFlags.Function) return 'function';
  if (flags & ts.SymbolFlags.Namespace) return 'namespace';
  return 'constant';
}

/** Names of the public members of a class, an interface, or the object types that a type alias consists of. */
function membersOf(checker: ts.TypeChecker, symbol: ts.Symbol): string[] {
  const members: string[] = [];
  const { Class, Interface, TypeAlias } = ts.SymbolFlags;
  if (symbol.flags & (Class | Interface | TypeAlias)) {
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    for (const part of type.isUnion() ? type.types : [type]) {
      if (part.flags & ts.TypeFlags.Object || part.isIntersection()) members.push(...publicNames(part.getProperties()));
    }
  }
  if (symbol.flags & Class) {
    const statics = checker.getTypeOfSymbol(symbol).getProperties();
    members.push(...publicNames(statics.filter(({ name }) => name !== 'prototype')).map((name) => `static ${name}`));
  }
  return [...new Set(members)];
}

function publicNames(properties: ts.Symbol[]): string[] {
  return properties.filter(isPublic).map(({ name }) => name);
}

function isPublic(property: ts.Symbol): boolean {
  const declaration = property.declarations?.[0];
  if (declaration === undefined) return true;
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  if (ts.getCombinedModifierFlags(declaration) & hidden) return false;
  return !ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === 'internal');
}
