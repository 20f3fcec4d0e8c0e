// Records what Node makes of the code beside this file, in `recorded.json`: node tests/engine/record.mjs
import { writeFileSync } from 'node:fs';
import { sortDigests } from './sorting.mjs';
import { turnsTaken } from './turns.mjs';

const LISTS = 1000;
const recorded = {
  engine: process.versions.v8,
  lists: LISTS,
  sorted: sortDigests(0, LISTS),
  sortedTyped: sortDigests(0, LISTS, { isTyped: true }),
  copied: sortDigests(0, 400, { isCopied: true }),
  copiedTyped: sortDigests(0, 400, { isTyped: true, isCopied: true }),
  turns: await turnsTaken(),
};
writeFileSync(new URL('recorded.json', import.meta.url), `${JSON.stringify(recorded)}\n`);
