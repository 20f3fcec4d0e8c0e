/** Collects the licences of what is in the native library: most ask to be handed on with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Crate, folderOf, linkedCrates } from './linked-crates.ts';

const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice|unlicense)/i;

/**
 * The text that goes with the native library for a target of Rust's: it names all crates in it with the licences that they
 * state, and has the texts that come with them. Crates with the same text share it.
 */
export function crateLicences(root: string, target: string): string {
  const crates = linkedCrates(root, target).sort((one, other) => (one.name < other.name ? -1 : 1));
  const byText = new Map<string, string[]>();
  for (const crate of crates) {
    for (const text of licenceTexts(crate)) byText.set(text, [...(byText.get(text) ?? []), nameOf(crate)]);
  }
  const list = crates.map((crate) => `${nameOf(crate)}: ${crate.license ?? 'see its text'}`);
  const texts = [...byText].map(([text, names]) => `${names.join(', ')}\n\n${text}\n`);
  return `The native library contains code of these crates:\n\n${list.join('\n')}\n\n----\n\n${texts.join('\n----\n\n')}`;
}

function nameOf({ name, version }: Crate): string {
  return `${name} ${version}`;
}

/** The texts in a crate's folder. Of several licences to choose from it is MIT's, which is the shortest. */
function licenceTexts(crate: Crate): string[] {
  const names = readdirSync(folderOf(crate), { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
    .map(({ name }) => name)
    .sort();
  const ofMit = crate.license?.includes(' OR ') ? names.filter((name) => /mit/i.test(name)) : [];
  return (ofMit.length > 0 ? ofMit : names).map((name) => readFileSync(join(folderOf(crate), name), 'utf8').trim());
}
