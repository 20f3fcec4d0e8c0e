/** Rules for the whole repository. Each is shown to find what breaks it, and then to find nothing here. */
import { describe, expect, test } from 'bun:test';
import { figuresWithoutSource } from './figures.ts';
import { hostsInLockfiles, largeFiles, missingLicences, untidyScripts } from './files.ts';
import { crates, npmPackages, refusedLicences } from './licences.ts';
import { brokenLinks, missingPathsInComments, missingPathsInDocuments } from './links.ts';
import { madeUp, type Repository, thisRepository } from './repository.ts';
import { clauseOpeners, strayWords } from './words.ts';

const here = thisRepository();

interface Rule {
  readonly title: string;
  readonly find: (repository: Repository) => string[];
  readonly broken: Repository;
  readonly complaints: string[];
}

const rules: Rule[] = [
  {
    title: 'links in documents lead somewhere',
    find: brokenLinks,
    broken: madeUp({
      'docs/a.md': '# A title\n[1](b.md) [2](#a-title) [3](#gone) [4](../c.md#two-words) [5](../c.md#three)\n`[6](no)`',
      'c.md': '## Two words\n[7](docs/a.md)\n[8]: docs/none.md\n```\n[9](none.md)\n```\n[10](https://example.com/none)',
    }),
    complaints: [
      'docs/a.md: b.md leads to no file',
      'docs/a.md: #gone leads to no heading',
      'docs/a.md: ../c.md#three leads to no heading',
      'c.md: docs/none.md leads to no file',
    ],
  },
  {
    title: 'paths in documents exist',
    find: missingPathsInDocuments,
    broken: madeUp({
      'docs/a.md':
        '`src/b.ts`, `b.ts`, `src/` and `src/*.ts`\n`src/none.ts` `none.ts` `package.json` `target/release`\n```\nsrc/gone.rs\n```',
      'src/b.ts': '',
    }),
    complaints: [
      'docs/a.md:1: there is no b.ts',
      'docs/a.md:2: there is no src/none.ts',
      'docs/a.md:2: there is no none.ts',
      'docs/a.md:4: there is no src/gone.rs',
    ],
  },
  {
    title: 'paths in comments exist',
    find: missingPathsInComments,
    broken: madeUp({
      'one/src/a.ts': '// See src/b.ts and one/src/b.ts.\nconst x = "src/none.ts"; // not src/c.ts',
      'one/src/b.ts': '/** As docs/none.md says. */',
    }),
    complaints: ['one/src/a.ts:2: there is no src/c.ts', 'one/src/b.ts:1: there is no docs/none.md'],
  },
  {
    title: 'no stray words',
    find: strayWords,
    broken: madeUp({
      'a.ts': '// TODO: more\ntest.only("x");\nconst home = "/home/somebody/project";',
      'a.generated.ts': '// TODO: more',
      'b.md': 'TODO is a word here.\nthe library part',
    }),
    complaints: [
      'a.ts:1: "TODO": do it, or write an issue',
      'a.ts:2: "test.only": a test that does not run proves nothing',
      'a.ts:3: "/home/s": a path of one machine',
      'b.md:2: "library part": is a library bundle, or a user bundle',
    ],
  },
  {
    title: 'no file is too large to read',
    find: largeFiles,
    broken: madeUp({ 'a.ts': '\n'.repeat(1_000), 'b.ts': '\n'.repeat(999), 'a.bin': 'x'.repeat(300_001) }),
    complaints: ['a.ts: 1001 lines', 'a.bin: 300001 bytes'],
  },
  {
    title: 'scripts can be run and say what they do',
    find: untidyScripts,
    broken: madeUp(
      {
        'scripts/fine': '#!/usr/bin/env bash\n# Does it.\n',
        'scripts/mute': '#!/usr/bin/env bash\nset -e\n',
        'scripts/still': '#!/usr/bin/env bash\n# Does it.\n',
        'scripts/sourced.bash': '# Has functions.\n',
      },
      ['scripts/fine', 'scripts/mute'],
    ),
    complaints: ['scripts/mute: has no comment at its head', 'scripts/still: is not executable'],
  },
  {
    title: 'lockfiles name no registry',
    find: hostsInLockfiles,
    broken: madeUp({
      'Cargo.lock': 'source = "registry+https://github.com/rust-lang/crates.io-index"',
      'bun.lock': '["x@1.0.0", "https://registry.example.com/x.tgz"]',
    }),
    complaints: ['bun.lock: https://registry.example.com/x.tgz'],
  },
  {
    title: 'what is published has its licence',
    find: missingLicences,
    broken: madeUp({
      LICENSE: 'MIT License\n',
      'bun-bindings/LICENSE': 'Another\n',
      'bun-bindings/package.json': '{ "license": "MIT" }',
      'packages/one/package.json': '{}',
    }),
    complaints: ['bun-bindings/LICENSE: is not LICENSE', 'packages/one/package.json: has the licence undefined'],
  },
];

describe('figures in documents are those of bench/RESULTS.md', () => {
  const changed = (path: string, from: string, to: string): Repository => ({
    ...here,
    text: (one) => (one === path ? here.text(one).replace(from, to) : here.text(one)),
  });
  test.each([
    ['a figure of ours', 'docs/comparison.md', '2.42 ms |', '2.24 ms |'],
    ["a figure of upstream's", 'docs/comparison.md', '| 1,556 ms |', '| 1,566 ms |'],
    ['a figure in the text', 'docs/comparison.md', '20.7 MB/s', '27.0 MB/s'],
    ['a rounded figure', 'README.md', '| 0.23 s |', '| 0.24 s |'],
    ['a result', 'bench/RESULTS.md', '| start to polling, ms | 176 |', '| start to polling, ms | 167 |'],
    [
      'a row of no result',
      'docs/comparison.md',
      '| latency of a signal |',
      '| made up | 1 | 1 | 1 |\n| latency of a signal |',
    ],
    ['a missing row', 'docs/comparison.md', '| latency of a signal |', '| latency |'],
    ['a missing table', 'README.md', '| against `@temporalio/worker`', '| against'],
    ['a result that is gone', 'bench/RESULTS.md', '| signal latency, ms |', '| signals, ms |'],
  ])('finds %s that differs', (_, path, from, to) => {
    expect(here.text(path)).toContain(from);
    expect(figuresWithoutSource(changed(path, from, to))).not.toEqual([]);
  });
  test('holds here', () => expect(figuresWithoutSource(here)).toEqual([]));
});

describe.each(rules)('$title', ({ find, broken, complaints }) => {
  test('finds what breaks it', () => expect(find(broken)).toEqual(complaints));
  test('holds here', () => expect(find(here)).toEqual([]));
});

describe('doc comments begin with a verb or a noun', () => {
  test('finds what breaks it', () => {
    const broken = madeUp({
      'a.ts': '/** What is here. */\n/** Whatever. */\n/** Has it made. */',
      'a.rs': '/// What is here.\n//! It.',
    });
    expect(clauseOpeners(broken)).toEqual([
      'a.ts:1: /** What is here. */',
      'a.ts:3: /** Has it made. */',
      'a.rs:1: /// What is here.',
    ]);
  });
  test('holds here', () => expect(clauseOpeners(here)).toEqual([]));
});

describe('licences', () => {
  test('are met with what an expression offers', () => {
    const licences = ['MIT', 'GPL-3.0 OR MIT', '(MIT OR Apache-2.0) AND GPL-3.0', 'MIT AND GPL-3.0', undefined];
    const packages = licences.map((licence, index) => ({ name: `${index}`, licence }));
    expect(refusedLicences(packages).map((complaint) => complaint[0])).toEqual(['2', '3', '4']);
  });
  test('of npm packages are known', () => {
    expect(npmPackages().length).toBeGreaterThan(20);
    expect(refusedLicences(npmPackages())).toEqual([]);
  });
  // Cargo waits for others that use its cache.
  test('of crates are known', () => {
    const linked = crates();
    expect(linked.length).toBeGreaterThan(100);
    expect(refusedLicences(linked)).toEqual([]);
  }, 60_000);
});
