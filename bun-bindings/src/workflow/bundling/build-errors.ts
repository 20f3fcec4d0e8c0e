import { dirname, isAbsolute } from 'node:path';
import type { BuildConfig } from 'bun';
import { importChain, type ModuleImport, type ModuleImports } from './import-chain.ts';

type BuildLog = BuildMessage | ResolveMessage;

/** Formats a failed build: each message with its file, line, source text and import chain. */
export function buildError(what: string, imports: ModuleImports, logs: BuildLog[]): Error {
  return new Error(
    `${what}:\n${withoutEchoes(logs)
      .map((log) => describe(log, imports))
      .join('\n')}`,
  );
}

const AWAIT_OUTSIDE = '"await" can only be used inside an "async" function';

/** Follow-up errors on the same line after an unexpected `await`. They say nothing new. */
function withoutEchoes(logs: BuildLog[]): BuildLog[] {
  const lineOf = ({ position }: BuildLog): string | undefined =>
    position === null ? undefined : `${position.file}:${position.line}`;
  const awaits = new Set(logs.filter((log) => log.message.startsWith(AWAIT_OUTSIDE)).map(lineOf));
  return logs.filter((log) => log.message.startsWith(AWAIT_OUTSIDE) || !awaits.has(lineOf(log)));
}

function describe(log: BuildLog, imports: ModuleImports): string {
  const { message, position } = log;
  const advice = message.startsWith(AWAIT_OUTSIDE)
    ? '. Modules of a workflow are evaluated without a pause: top-level await is not possible'
    : '';
  const lines = [`error: ${message}${advice}`];
  if (position !== null) {
    const { file, line, column, lineText } = position;
    // Errors of plugins have no line.
    if (line > 0) {
      lines.push(`    at ${file}:${line}:${column}`, `    ${lineText}`, `    ${' '.repeat(Math.max(0, column - 1))}^`);
    } else {
      lines.push(`    at ${file}`);
    }
    lines.push(...importChain(file, imports).map((line) => `    ${line}`));
  }
  return lines.join('\n');
}

/** Repeats a failed build to record its imports: `Bun.build` reports them only if it succeeds. */
export async function importsOf(config: BuildConfig): Promise<ModuleImports> {
  const imports = new Map<string, ModuleImport[]>();
  await Bun.build({
    ...config,
    throw: false,
    plugins: [
      {
        name: 'temporal-import-recorder',
        setup(build) {
          build.onResolve({ filter: /.*/ }, ({ path: specifier, importer }) => {
            const from = isAbsolute(importer) ? importer : `temporal:${importer}`;
            const list = imports.get(from) ?? [];
            imports.set(from, list);
            list.push({ path: fileOf(specifier, importer), specifier });
            return undefined;
          });
        },
      },
      ...(config.plugins ?? []),
    ],
  });
  return imports;
}

function fileOf(specifier: string, importer: string): string {
  try {
    return Bun.resolveSync(specifier, dirname(importer));
  } catch {
    return specifier;
  }
}
