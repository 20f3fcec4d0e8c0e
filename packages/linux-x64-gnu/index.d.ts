/** The path of the native library: on disk, or in the executable that `bun build --compile` made. */
declare const library: string;
export default library;
