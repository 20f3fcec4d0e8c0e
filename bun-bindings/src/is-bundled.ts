/**
 * Whether a bundler has built this package into the user's program, for example into an executable of
 * `bun build --compile`. Its modules then have no files, and `require.cache` does not list them.
 */
export const isBundled: boolean = !/[\\/](src|lib)[\\/]is-bundled\.[jt]s$/.test(import.meta.path);
