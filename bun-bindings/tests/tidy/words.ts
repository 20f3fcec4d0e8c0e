import { lines, type Repository } from './repository.ts';

interface StrayWord {
  readonly pattern: RegExp;
  readonly why: string;
  /** The files to look at; all texts by default. */
  readonly in?: RegExp;
}

const SOURCE = /\.(ts|mjs|rs|c|h|go)$/;
const TEST = /\.(ts|mjs)$/;

/** Words that are not to be in this repository. Their patterns are written so that this file does not match itself. */
const STRAY_WORDS: StrayWord[] = [
  { pattern: /\b(TO[D]O|FIX[M]E|X{3})\b/, why: 'do it, or write an issue', in: SOURCE },
  { pattern: /\b(test|it|describe)\.(only|skip|todo)\b/, why: 'a test that does not run proves nothing', in: TEST },
  { pattern: /(?<![\w.$])\/(home|root|work|Users)\/\w/, why: 'a path of one machine' },
  { pattern: /\b(isolate|thread)-(keeper|manager)\b/, why: 'is thread-supervisor, or thread-pool' },
  { pattern: /\b(keepsDebugLines|leastLogLevel|closeGlobal|freezeShared|closeCollection)\b/, why: 'has a new name' },
  { pattern: /\b(library part|user's part|prebuilt part)\b/, why: 'is a library bundle, or a user bundle' },
];

/** Texts are all files but generated ones, lockfiles and what is no text. */
function isText(path: string): boolean {
  return !/\.generated\.|(\.|-)lock(\.json)?$|\.(png|so|bin|pb)$|^bun-bindings\/tests\/tidy\//.test(path);
}

export function strayWords(repository: Repository): string[] {
  const complaints: string[] = [];
  for (const { path, line, text } of lines(repository, isText)) {
    for (const { pattern, why, in: files } of STRAY_WORDS) {
      const found = files === undefined || files.test(path) ? pattern.exec(text)?.[0] : undefined;
      if (found !== undefined) complaints.push(`${path}:${line}: "${found}": ${why}`);
    }
  }
  return complaints;
}

/** Doc comments that begin with a clause ("What a run …") where a noun or a verb says it sooner. */
export function clauseOpeners(repository: Repository): string[] {
  const complaints: string[] = [];
  for (const { path, line, text } of lines(repository, (path) => isText(path) && SOURCE.test(path))) {
    if (/^\s*(\/\*\*|\/\/[/!]) (What|Has)\b/.test(text)) complaints.push(`${path}:${line}: ${text.trim()}`);
  }
  return complaints;
}
