/**
 * The path of the entry of activity threads in an executable. `temporal-bun compile` puts it here; a program that was bundled in
 * another way has none, because a bundler does not see the modules that threads import.
 */
export default undefined as string | undefined;
