import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../tests/support/temporary-project.ts';
import { withoutLoading } from './late-modules.ts';

cleanUpProjects();

/** A module that is left, and another one that takes it. Each has what compilers of TypeScript write for `import * as`. */
function projectWith(taking: string): { late: string; load: () => Record<string, unknown>; isLoaded(): boolean } {
  const project = new TemporaryProject({
    'late.js': `exports.__esModule = true; exports.one = 1; exports.two = () => 'second';`,
    'taking.js': taking,
  });
  const late = project.path('late.js');
  return { late, load: () => require(project.path('taking.js')), isLoaded: () => late in require.cache };
}

test('a module is loaded when something of it is used', () => {
  const { late, load, isLoaded } = projectWith(`const late = require('./late'); exports.use = () => late.two();`);
  const { use } = withoutLoading([late], {}, load) as { use(): string };
  expect(isLoaded()).toBe(false);
  expect(use()).toBe('second');
  expect(isLoaded()).toBe(true);
  expect(require(late).one).toBe(1);
});

test('what is known of a module does not load it', () => {
  const { late, load, isLoaded } = projectWith(`const late = require('./late'); exports.use = () => late.one;`);
  const { use } = withoutLoading([late], { [late]: () => ({ one: 'known' }) }, load) as { use(): unknown };
  expect(use()).toBe('known');
  expect(isLoaded()).toBe(false);
});

test('a module is complete for code that takes something at once, or copies all of it', () => {
  const { late, load } = projectWith(`
    exports.early = require('./late').two();
    for (const name in require('./late')) exports[name] = require('./late')[name];
    exports.has = 'one' in require('./late');
    exports.copy = { ...require('./late') };`);
  const taken = withoutLoading([late], {}, load);
  expect(taken).toMatchObject({ early: 'second', one: 1, has: true, copy: { one: 1 } });
  expect(require(late)).toHaveProperty('two', taken.two);
});

test('one that is loaded already is what others get', () => {
  const { late, load } = projectWith(`exports.late = require('./late');`);
  const loaded = require(late);
  expect(withoutLoading([late], {}, load).late).toBe(loaded);
});

test('nothing is left in the place of a module if the others cannot be loaded', () => {
  const { late, load, isLoaded } = projectWith(`throw new Error('broken');`);
  expect(() => withoutLoading([late], {}, load)).toThrow('broken');
  expect(isLoaded()).toBe(false);
  expect(require(late).one).toBe(1);
});
