/** The part of the package that is used; it comes without types. */
declare module 'loader-runner' {
  export function runLoaders(
    options: {
      resource: string;
      loaders: { loader: string; options: unknown; ident: string }[];
      context: object;
      processResource(
        context: { addDependency(path: string): void },
        resource: string,
        callback: (error: Error | null, content: string | Buffer, map: object | undefined) => void,
      ): void;
    },
    callback: (
      error: Error | null,
      result?: { result?: [content?: string | Buffer | null, map?: object | string | null] },
    ) => void,
  ): void;
}
