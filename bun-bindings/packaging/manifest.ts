interface Manifest {
  name: string;
  version: string;
  exports: Record<string, string>;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  [field: string]: unknown;
}

/** Fields that only a checkout needs. */
const DEVELOPMENT_FIELDS = ['devDependencies', 'scripts', 'type', 'files'];

/** Folders and files in the package. `package.json`, README and LICENSE always are. */
const FILES = ['CHANGELOG.md', 'LICENSE-INLINED', 'bin', 'lib', 'prebuilt', 'src', 'templates'];

/**
 * Makes the package.json to publish of the one in the checkout: it names compiled modules, and the packages with libraries.
 *
 * There is no `"type": "module"` in it. Bun knows modules by their syntax, and TypeScript then lets CommonJS projects import the
 * package under every `moduleResolution`.
 *
 * @param libraries names of the packages with a native library for a platform.
 * @param repository the URL of the repository, which npm wants to know for a statement of provenance.
 */
export function publishedManifest(manifest: Manifest, libraries: string[], repository: string | undefined): object {
  const kept = Object.entries(manifest).filter(([field]) => !DEVELOPMENT_FIELDS.includes(field));
  return {
    ...Object.fromEntries(kept),
    ...(repository && { repository: { type: 'git', url: repository } }),
    main: './lib/index.js',
    types: './lib/index.d.ts',
    // For `moduleResolution: node10`, which knows no exports.
    typesVersions: { '*': { testing: ['./lib/testing/index.d.ts'] } },
    exports: Object.fromEntries(Object.entries(manifest.exports).map(([name, path]) => [name, compiledExport(path)])),
    bin: Object.fromEntries(Object.entries(manifest.bin).map(([name, path]) => [name, path.replace(/\.ts$/, '.js')])),
    files: FILES,
    optionalDependencies: Object.fromEntries(libraries.map((name) => [name, manifest.version])),
    publishConfig: { access: 'public', provenance: true },
  };
}

function compiledExport(path: string): unknown {
  if (!path.endsWith('.ts')) return path;
  const module = path.replace(/^\.\/src\/(.*)\.ts$/, './lib/$1');
  return { types: `${module}.d.ts`, bun: `${module}.js`, default: './lib/not-bun.js' };
}
