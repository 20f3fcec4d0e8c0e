/**
 * Whether a bundler has made this package a part of the user's program, of an executable of `bun build --compile` for example. Its
 * modules then have no files, and `require.cache` does not know them.
 */
export const isBundled: boolean = !/[\\/](src|lib)[\\/]is-bundled\.[jt]s$/.test(import.meta.path);
