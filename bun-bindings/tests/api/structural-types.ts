import { dirname } from 'node:path';
import ts from 'typescript';
import { exportsOf } from './compare-exports.ts';

const packageFolder = dirname(dirname(import.meta.dir));
const upstreamFolder = `${packageFolder}/tests/upstream/node_modules`;
/** Where declarations of our sources would lie; they stay in memory. */
const ownFolder = `${packageFolder}/.types`;

/** Packages that both sides build upon: one copy of each, as two would not know each other's classes. */
const SHARED = ['activity', 'client', 'common', 'nexus', 'proto', 'workflow'].map((name) => `@temporalio/${name}`);

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.Preserve,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  skipLibCheck: true,
  types: ['bun'],
  typeRoots: [`${packageFolder}/node_modules/@types`],
  paths: Object.fromEntries(
    [...SHARED, 'nexus-rpc'].flatMap((name) => [
      [name, [`${packageFolder}/node_modules/${name}`]],
      [`${name}/*`, [`${packageFolder}/node_modules/${name}/*`]],
    ]),
  ),
};

/** A type of one side that does not fit the other's, and TypeScript's explanation. */
export interface Misfit {
  name: string;
  /** Upstream's, where ours is expected; or the other way round. */
  direction: 'theirs as ours' | 'ours as theirs';
  why: string;
}

export interface ModulePair {
  /** The name of a package of upstream's. */
  upstream: string;
  /** The module of ours that stands for it, from the package's folder. */
  file: string;
}

/**
 * Tries each type that upstream exports where ours of that name is expected, and each value and type of ours where theirs is.
 *
 * TypeScript takes two classes for different ones as soon as they have private members. Both sides are therefore compared
 * by their declarations, without private and protected members.
 *
 * @param leftOut members that are not compared, as `Class.member` or `Class.static member`.
 */
export function typeMisfits(pairs: readonly ModulePair[], leftOut: ReadonlySet<string> = new Set()): Misfit[] {
  const host = hostWithout(leftOut, ownDeclarations(pairs));
  const probes = probesOf(pairs, host);
  const file = `${packageFolder}/tests/probes.ts`;
  const text = probes.map(({ code }) => code).join('\n');
  const { fileExists, getSourceFile } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === file ? ts.createSourceFile(path, text, ts.ScriptTarget.ESNext) : getSourceFile(path, ...rest);
  const program = ts.createProgram([file], { ...options, noEmit: true }, host);
  const source = program.getSourceFile(file);
  return program.getSemanticDiagnostics(source).map(({ start = 0, messageText }) => {
    const probe = probes[text.slice(0, start).split('\n').length - 1];
    if (probe === undefined) throw new Error('A diagnostic lies outside of the probes');
    const { name, direction } = probe;
    return { name, direction, why: ts.flattenDiagnosticMessageText(messageText, '\n') };
  });
}

/** The declarations of our modules and of all that they import, by their paths. */
function ownDeclarations(pairs: readonly ModulePair[]): Map<string, string> {
  const files = new Map<string, string>();
  const program = ts.createProgram(
    pairs.map(({ file }) => `${packageFolder}/${file}`),
    {
      ...options,
      allowImportingTsExtensions: true,
      declaration: true,
      stripInternal: true,
      emitDeclarationOnly: true,
      rootDir: packageFolder,
      outDir: ownFolder,
    },
  );
  program.emit(undefined, (path, text) => void files.set(path, text.replaceAll(/\.ts(?=['"])/g, '')), undefined, true);
  return files;
}

/** Sees `declarations` as files, and in them and in upstream's no member that is private or left out. */
function hostWithout(leftOut: ReadonlySet<string>, declarations: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { fileExists, directoryExists, getSourceFile } = host;
  const parsed = new Map<string, ts.SourceFile | undefined>();
  host.fileExists = (path) => declarations.has(path) || fileExists(path);
  host.directoryExists = (path) => path.startsWith(ownFolder) || (directoryExists?.(path) ?? true);
  const read: typeof getSourceFile = (path, version, ...rest) => {
    const own = declarations.get(path);
    if (own === undefined && !path.startsWith(upstreamFolder)) return getSourceFile(path, version, ...rest);
    const text = own ?? ts.sys.readFile(path);
    if (text === undefined) return undefined;
    const whole = ts.createSourceFile(path, text, version, true);
    return withoutMembers(whole, (member) => isPrivate(member) || leftOut.has(nameOf(member)));
  };
  host.getSourceFile = (path, ...rest) => {
    if (!parsed.has(path)) parsed.set(path, read(path, ...rest));
    return parsed.get(path);
  };
  return host;
}

type Member = ts.ClassElement | ts.TypeElement;

function withoutMembers(file: ts.SourceFile, isOut: (member: Member) => boolean): ts.SourceFile {
  const visit = (node: ts.Node): ts.Node | undefined =>
    (ts.isClassElement(node) || ts.isTypeElement(node)) && isOut(node)
      ? undefined
      : ts.visitEachChild(node, visit, undefined);
  const text = ts.createPrinter().printFile(ts.visitEachChild(file, visit, undefined));
  return ts.createSourceFile(file.fileName, text, file.languageVersion);
}

function isPrivate(member: Member): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  if ((ts.getCombinedModifierFlags(member) & hidden) !== 0) return true;
  if (member.getFullText().slice(0, member.getLeadingTriviaWidth()).includes('@internal')) return true;
  return member.name !== undefined && ts.isPrivateIdentifier(member.name);
}

/** `Class.member`, or `Class.static member`. */
function nameOf(member: Member): string {
  const { parent } = member;
  const owner = ts.isClassDeclaration(parent) || ts.isInterfaceDeclaration(parent) ? parent.name?.text : undefined;
  const isStatic = (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) !== 0;
  return `${owner}.${isStatic ? 'static ' : ''}${member.name?.getText()}`;
}

interface Probe extends Pick<Misfit, 'name' | 'direction'> {
  /** A line that does not compile if the type does not fit. */
  code: string;
}

function probesOf(pairs: readonly ModulePair[], host: ts.CompilerHost): Probe[] {
  const modules = pairs.map(({ upstream, file }) => ({
    theirs: `${upstreamFolder}/${upstream}/lib/index`,
    ours: `${ownFolder}/${file.replace(/\.ts$/, '')}`,
  }));
  const files = modules.flatMap(({ theirs, ours }) => [`${theirs}.d.ts`, `${ours}.d.ts`]);
  const program = ts.createProgram(files, { ...options, noEmit: true }, host);
  return modules.flatMap(({ theirs, ours }) => {
    const known = exportsOf(program, `${ours}.d.ts`);
    return [...exportsOf(program, `${theirs}.d.ts`)]
      .filter(([name]) => known.has(name))
      .flatMap(([name, symbol]) => probesOfExport(name, symbol, theirs, ours));
  });
}

/** An object that only a class can make is never handed over from outside: theirs need not do as ours. */
function probesOfExport(name: string, symbol: ts.Symbol, theirs: string, ours: string): Probe[] {
  const { Class, Interface, TypeAlias, Value } = ts.SymbolFlags;
  const probe = (direction: Misfit['direction'], expected: string, given: string): Probe => {
    return { name, direction, code: `(null as unknown as ${given}) satisfies ${expected};` };
  };
  const type = (module: string) => `import('${module}').${name}${anyArguments(symbol)}`;
  const value = (module: string) => `typeof import('${module}').${name}`;
  const probes: Probe[] = [];
  if (symbol.flags & (Interface | TypeAlias)) probes.push(probe('theirs as ours', type(ours), type(theirs)));
  if (symbol.flags & (Class | Interface | TypeAlias)) probes.push(probe('ours as theirs', type(theirs), type(ours)));
  if (symbol.flags & Value) probes.push(probe('ours as theirs', value(theirs), value(ours)));
  return probes;
}

/** `<any, any>` for a type with two parameters. */
function anyArguments(symbol: ts.Symbol): string {
  const parameters = symbol.declarations?.flatMap((declaration) =>
    ts.isInterfaceDeclaration(declaration) ||
    ts.isTypeAliasDeclaration(declaration) ||
    ts.isClassDeclaration(declaration)
      ? (declaration.typeParameters ?? [])
      : [],
  );
  return parameters?.length ? `<${parameters.map(() => 'any').join(', ')}>` : '';
}
