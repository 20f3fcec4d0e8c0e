import ts from 'typescript';
import type { UserProject } from './user-project.ts';

/** Parsed files of all checks of a project, by their paths and by what they were parsed with. */
type ParsedFiles = Map<string, ts.SourceFile | undefined>;

/** Type checks a project as `tsc` does, under several settings: what they have in common is read once. */
export class TypeCheck {
  readonly #project: UserProject;
  readonly #parsed: ParsedFiles = new Map();

  constructor(project: UserProject) {
    this.#project = project;
  }

  /**
   * The errors that `tsc` finds in `files` of the project, and in those files of the packages `own` that these lead to.
   *
   * @param settings `compilerOptions` of a tsconfig.json.
   */
  errors(settings: object, files: string[], own: string[]): string[] {
    const { options, errors } = ts.convertCompilerOptionsFromJson(settings, this.#project.folder);
    const program = ts.createProgram(
      files.map((file) => this.#project.path(file)),
      options,
      this.#host(options),
    );
    const folders = own.map((name) => this.#project.path(`node_modules/${name}/`));
    const checked = program
      .getSourceFiles()
      .filter(
        ({ fileName }) => folders.some((folder) => fileName.startsWith(folder)) || !/\/node_modules\//.test(fileName),
      );
    const found = [...errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
    for (const file of checked) {
      found.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file));
      if (options.declaration && !file.isDeclarationFile) found.push(...program.getDeclarationDiagnostics(file));
    }
    return found.map((diagnostic) => ts.formatDiagnostic(diagnostic, this.#formatHost));
  }

  #host(options: ts.CompilerOptions): ts.CompilerHost {
    const host = ts.createCompilerHost(options);
    const read = host.getSourceFile.bind(host);
    host.getCurrentDirectory = () => this.#project.folder;
    host.getSourceFile = (path, parseOptions, ...rest) => {
      const key = `${path} ${JSON.stringify(parseOptions)}`;
      if (!this.#parsed.has(key)) this.#parsed.set(key, read(path, parseOptions, ...rest));
      return this.#parsed.get(key);
    };
    return host;
  }

  get #formatHost(): ts.FormatDiagnosticsHost {
    return {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => this.#project.folder,
      getNewLine: () => '\n',
    };
  }
}
