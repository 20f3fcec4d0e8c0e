import { describe, expect, test } from 'bun:test';
import { cleanUpProjects } from '../support/temporary-project.ts';
import { groups, type PackageCase } from './cases.ts';
import { type Outcome, outcomesOf } from './outcomes.ts';
import { PAGE, packagesPage } from './page.ts';
import { plainValues } from './plain-values.ts';

cleanUpProjects();

/** Large packages take long to bundle. */
const TIMEOUT_MS = 120_000;

const known = new Map<string, Promise<Outcome[]>>();

/** Outcomes of the packages of a group, which are run once for all tests. */
function outcomesOfGroup(group: string): Promise<Outcome[]> {
  let outcomes = known.get(group);
  if (outcomes === undefined) {
    outcomes = outcomesOf(groups[group] as PackageCase[]);
    known.set(group, outcomes);
  }
  return outcomes;
}

/** Says how a package does not do what it should, if so. */
function complaint({ fails, random }: PackageCase, { seen, error }: Outcome, plain: string): string | undefined {
  if (fails !== undefined) {
    if (error === undefined) return 'runs, though it should fail';
    return error.includes(fails.message) ? undefined : `fails with: ${error}`;
  }
  if (seen === undefined) return error;
  const wrong = seen.values.find((value) => value !== plain);
  if (wrong !== undefined) return `gives ${wrong}, and ${plain} outside of workflows`;
  if (random !== undefined && new Set(seen.random).size !== 2) return `gives ${seen.random} for random values`;
  return undefined;
}

test.each(Object.keys(groups))(
  '%s: packages do in workflows what they do elsewhere, and replay',
  async (group) => {
    const packages = groups[group] as PackageCase[];
    const outcomes = await outcomesOfGroup(group);
    const plain = await plainValues(packages);
    const complaints = packages.flatMap((each, index) => {
      const found = complaint(each, outcomes[index] as Outcome, plain.get(each.name) as string);
      return found === undefined ? [] : [`${each.name}: ${found}`];
    });
    expect(complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

describe('packages that need an option', () => {
  const all = Object.values(groups).flat();

  test('are refused without `ignoreModules`, and the message names it', async () => {
    const needy = all.filter(({ ignoreModules }) => ignoreModules !== undefined);
    const outcomes = await outcomesOf(needy.map(({ ignoreModules: _, ...rest }) => rest));
    for (const { error } of outcomes) expect(error).toContain('name it in `bundlerOptions.ignoreModules`');
    expect(outcomes.length).toBeGreaterThan(0);
  });

  test('fail without `reuseV8Context: false`', async () => {
    const needy = all.filter(({ ownContext }) => ownContext !== undefined);
    const outcomes = await outcomesOf(needy.map(({ ownContext: _, ...rest }) => rest));
    for (const { error } of outcomes) expect(error).toBeDefined();
    expect(outcomes.length).toBeGreaterThan(0);
  });
});

/** Packages of every kind that keep something for all who use them: queues, registries, caches. */
const PRELOADED = [
  ...['bluebird', 'effect', 'handlebars', 'immer', 'jsonata', 'lodash', 'mobx', 'moment-timezone', 'reflect-metadata'],
  ...['rxjs', 'superjson', 'typedi', 'xstate', 'yup', 'zod'],
];

test(
  'packages do the same when they are preloaded',
  async () => {
    const packages = Object.values(groups)
      .flat()
      .filter(({ name }) => PRELOADED.includes(name));
    expect(packages).toHaveLength(PRELOADED.length);
    const plain = await plainValues(packages);
    const outcomes = await outcomesOf(packages, true);
    const complaints = packages.map((each, index) =>
      complaint(each, outcomes[index] as Outcome, plain.get(each.name) as string),
    );
    expect(complaints.filter((found) => found !== undefined)).toEqual([]);
  },
  TIMEOUT_MS,
);

test('a package that cannot be bundled, or evaluated, leaves the others of its group alone', async () => {
  const fine: PackageCase = { name: 'ms', imports: `import ms from 'ms';`, call: `ms('1s')` };
  const missing: PackageCase = { name: 'gone', imports: `import gone from './nowhere.ts';`, call: 'gone' };
  const broken: PackageCase = { name: 'broken', imports: `(() => { throw new Error('broken') })();`, call: '1' };
  const [one, two, three] = await outcomesOf([fine, missing, broken]);
  expect(one).toEqual({ name: 'ms', seen: { values: ['1000', '1000'], random: [] } });
  expect(two?.error).toContain('Could not resolve: "./nowhere.ts"');
  expect(three?.error).toBe('broken');
});

test(
  'docs/packages.md tells which packages run',
  async () => {
    expect(await Bun.file(PAGE).text()).toBe(await packagesPage(outcomesOfGroup));
  },
  TIMEOUT_MS,
);
