import type { Repository } from './repository.ts';

/** The largest source that a person has to read, in lines, and the largest file of any kind, in bytes. */
const MAX_LINES = 1_000;
const MAX_BYTES = 300_000;

export function largeFiles(repository: Repository): string[] {
  return repository.paths.flatMap((path) => {
    const size = repository.size(path);
    if (size > MAX_BYTES) return [`${path}: ${size} bytes`];
    if (!/\.(ts|mjs|rs|c|go|md)$/.test(path)) return [];
    const count = repository.text(path).split('\n').length;
    return count > MAX_LINES ? [`${path}: ${count} lines`] : [];
  });
}

/** Scripts that cannot be run, or do not begin with a comment that says what they do. */
export function untidyScripts(repository: Repository): string[] {
  const scripts = repository.paths.filter((path) => /^(scripts|\.ci)\/|^tests\/c\/run$/.test(path));
  return scripts.flatMap((path) => {
    const [first = '', second = ''] = repository.text(path).split('\n');
    const isSourced = path.endsWith('.bash');
    const complaints = [];
    if (!(isSourced ? first : second).startsWith('# ')) complaints.push(`${path}: has no comment at its head`);
    if (!isSourced && !first.startsWith('#!/usr/bin/env ')) complaints.push(`${path}: does not say what runs it`);
    if (repository.isExecutable(path) === isSourced) {
      complaints.push(`${path}: ${isSourced ? 'is sourced, and executable' : 'is not executable'}`);
    }
    return complaints;
  });
}

/** Lockfiles that name a host, other than the index of crates: they would tie an install to one registry. */
export function hostsInLockfiles(repository: Repository): string[] {
  const lockfiles = repository.paths.filter((path) => /(\.lock|package-lock\.json)$/.test(path));
  return lockfiles.flatMap((path) =>
    [...new Set(repository.text(path).match(/https?:\/\/[^\s"']+/g))]
      .filter((url) => url !== 'https://github.com/rust-lang/crates.io-index')
      .map((url) => `${path}: ${url}`),
  );
}

/** Packages to publish without the licence that they name. */
export function missingLicences(repository: Repository): string[] {
  const licence = repository.text('LICENSE');
  const complaints = licence.startsWith('MIT License\n') ? [] : ['LICENSE: is not the MIT licence'];
  if (repository.text('bun-bindings/LICENSE') !== licence) complaints.push('bun-bindings/LICENSE: is not LICENSE');
  for (const path of repository.paths.filter((path) => /^(bun-bindings|packages\/[^/]+)\/package\.json$/.test(path))) {
    const manifest = JSON.parse(repository.text(path));
    if (manifest.license !== 'MIT') complaints.push(`${path}: has the licence ${manifest.license}`);
  }
  return complaints;
}
