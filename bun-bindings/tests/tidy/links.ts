import { dirname, join, normalize } from 'node:path';
import { anchors, codeSpans, figureLines, linkTargets } from './markdown.ts';
import { exists, lines, type Repository } from './repository.ts';

const isDocument = (path: string): boolean => path.endsWith('.md');
const isSource = (path: string): boolean =>
  /\.(ts|mjs|rs|c|h|go|toml)$/.test(path) && !/\.generated\.|tests\/tidy\//.test(path);

/** Links in documents that lead to no file of the repository, or to no heading of the file. */
export function brokenLinks(repository: Repository): string[] {
  return repository.paths.filter(isDocument).flatMap((document) =>
    linkTargets(repository.text(document)).flatMap((target) => {
      if (/^(https?|mailto):/.test(target)) return [];
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? document : normalize(join(dirname(document), decodeURIComponent(file)));
      if (!exists(repository, path.replace(/\/$/, ''))) return [`${document}: ${target} leads to no file`];
      if (anchor === undefined || !isDocument(path)) return [];
      return anchors(repository.text(path)).has(anchor) ? [] : [`${document}: ${target} leads to no heading`];
    }),
  );
}

/** Names of files that users have, or that are made here: documents may mention them without a path. */
const NOT_OURS = new Set([
  ...['Dockerfile', 'bun.lock', 'package.json', 'tsconfig.json', 'temporal.toml'],
  ...['activities.ts', 'worker.ts', 'workflows.ts', 'descriptors.bin'],
]);
const MADE_HERE = /^(target|\.tools|dist|bun-bindings\/(prebuilt|node_modules)|node_modules|\.\.?)(\/|$)/;
const FILE_NAME = /^[\w@.{},*-]+\.(ts|mjs|cjs|js|rs|c|h|go|json|toml|lock|md|proto|xml|supp|bash)$/;

const PATH_IN_TEXT = /(?<![\w@./:-])[\w-]{2,}(?:\/[\w.-]+)+\.(?:ts|rs|c|h|md|go|json)\b/g;

/**
 * Code spans and figures in documents that name a file or folder which is not there. Paths start at the root of the repository, or at
 * the folder of the document.
 */
export function missingPathsInDocuments(repository: Repository): string[] {
  const folders = new Set(repository.paths.filter((path) => path.includes('/')).map((path) => path.split('/')[0]));
  return repository.paths.filter(isDocument).flatMap((document) =>
    mentions(repository.text(document)).flatMap(({ line, code }) => {
      if (!/^[\w@.{},*/-]+$/.test(code) || NOT_OURS.has(code) || MADE_HERE.test(code)) return [];
      const [first = ''] = code.split('/');
      const isPath = code.includes('/') && (folders.has(first) || FILE_NAME.test(code.split('/').at(-1) ?? ''));
      if (!isPath && !FILE_NAME.test(code)) return [];
      if (matches(repository, code) || matches(repository, join(dirname(document), code))) return [];
      return [`${document}:${line}: there is no ${code}`];
    }),
  );
}

/** What a document writes as code, and the paths in its figures. */
function mentions(document: string): { line: number; code: string }[] {
  const figures = figureLines(document).flatMap(({ line, text }) =>
    (text.match(PATH_IN_TEXT) ?? []).map((code) => ({ line, code })),
  );
  return [...codeSpans(document), ...figures];
}

function matches(repository: Repository, path: string): boolean {
  if (!/[*{]/.test(path)) return exists(repository, path.replace(/\/$/, ''));
  const glob = new Bun.Glob(path);
  return repository.paths.some((one) => glob.match(one));
}

/**
 * Paths in comments of sources that name a file which is not there. They start at the root, or at a folder above the
 * source, as `tests/support/…` in a file of `bun-bindings/tests` does.
 */
export function missingPathsInComments(repository: Repository): string[] {
  const complaints: string[] = [];
  for (const { path, line, text } of lines(repository, isSource)) {
    const comment = /(?:^\s*(?:\/\*\*?|\*|#)|\/\/[/!]?)\s(.*)$/.exec(text)?.[1] ?? '';
    for (const [mentioned] of comment.matchAll(PATH_IN_TEXT)) {
      if (MADE_HERE.test(mentioned) || folderOf(repository, path, mentioned)) continue;
      complaints.push(`${path}:${line}: there is no ${mentioned}`);
    }
  }
  return complaints;
}

function folderOf(repository: Repository, source: string, mentioned: string): boolean {
  for (let folder = dirname(source); ; folder = dirname(folder)) {
    if (exists(repository, join(folder, mentioned))) return true;
    if (folder === '.') return false;
  }
}
