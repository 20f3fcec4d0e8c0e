import { cp, glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { $ } from 'bun';

/** Folders of sources, by where they go. */
const FOLDERS: Record<string, string> = { src: 'lib', bin: 'bin', scripts: 'scripts' };

/** The folders to compile. */
const SOURCES = ['src', 'bin', 'scripts/prebuild-*.ts'];

/**
 * Compiles the package in `source` into `target`: JavaScript, types and source maps in `lib` and `bin`, and the sources in `src`
 * that the maps lead to. Type checks of users then read declarations, not our sources with our compiler options.
 */
export async function compilePackage(source: string, target: string): Promise<void> {
  const emitted = join(target, 'emitted');
  const config = join(target, 'tsconfig.json');
  await writeFile(config, JSON.stringify(compilerConfig(source, emitted)));
  await $`bunx tsc -p ${config}`.cwd(source);
  await rm(config);
  for (const [from, to] of Object.entries(FOLDERS)) {
    await copyUncompiled(join(source, from), join(emitted, from));
    for await (const name of glob('**/*.{js,ts,map}', { cwd: join(emitted, from) })) {
      const file = join(emitted, from, name);
      const text = await readFile(file, 'utf8');
      if (name.endsWith('.map')) {
        const original = join(target, from, name.replace(/\.(d\.ts|js)\.map$/, '.ts'));
        await writeFile(file, withSource(text, relative(dirname(join(target, to, name)), original)));
      } else {
        await writeFile(
          file,
          withCompiledImports(from === 'src' ? text : text.replace(/(?<=['"]\.\.\/)src(?=\/)/g, 'lib'), file),
        );
      }
    }
    await rename(join(emitted, from), join(target, to));
  }
  await copySources(join(source, 'src'), join(target, 'src'));
  await rm(emitted, { recursive: true });
}

function compilerConfig(source: string, outDir: string): object {
  return {
    extends: join(source, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      // An older Bun must get as far as the module that refuses it: it does not parse decorators in JavaScript.
      target: 'ES2022',
      rewriteRelativeImportExtensions: true,
      declaration: true,
      declarationMap: true,
      sourceMap: true,
      rootDir: source,
      outDir,
      typeRoots: [join(source, 'node_modules/@types')],
    },
    include: SOURCES.map((path) => join(source, path)),
    exclude: [join(source, '**/*.test.ts')],
  };
}

/** Copies what the compiler leaves where it is: generated JavaScript with its types, and data. */
async function copyUncompiled(from: string, to: string): Promise<void> {
  for await (const name of glob('**/*.{js,json,d.ts}', { cwd: from })) {
    await mkdir(dirname(join(to, name)), { recursive: true });
    await cp(join(from, name), join(to, name));
  }
}

/** Copies the sources that maps lead to. */
async function copySources(from: string, to: string): Promise<void> {
  for await (const name of glob('**/*.ts', { cwd: from })) {
    if (/\.(test|d)\.ts$/.test(name)) continue;
    await mkdir(dirname(join(to, name)), { recursive: true });
    await cp(join(from, name), join(to, name));
  }
}

function withSource(mapText: string, source: string): string {
  return JSON.stringify({ ...JSON.parse(mapText), sources: [source] });
}

/**
 * Names compiled modules where the compiler still names sources: in types, in `require` and in URLs of modules. The names have
 * the same length, so source maps hold.
 */
function withCompiledImports(text: string, file: string): string {
  const compiled = text.replace(/((?:\bfrom|\bimport\(|\brequire\(|\bnew URL\(|^import) ?'\.[^'\n]*)\.ts'/gm, "$1.js'");
  const [left] = compiled.match(/\b(from |import\(|require\(|URL\(|dir\}\/?)['"`]?\.?[^'"`\n]*\.ts['"`]/) ?? [];
  if (left !== undefined) throw new Error(`${file} names a source in a form that packaging does not know: ${left}`);
  return compiled;
}
