import { describe, expect, test } from 'bun:test';
import { setActivityOptions } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { collectActivities, findActivity } from './activity-registry.ts';

class Base {
  constructor(protected readonly greeting: string) {}
  async greet(name: string) {
    return `${this.greeting}, ${name}`;
  }
  async part() {
    return 'of the base';
  }
}

class Derived extends Base {
  override async part() {
    return 'of the derived class';
  }
  get notCalled(): () => void {
    throw new Error('a getter ran');
  }
  own = async () => this.greeting;
}

describe('activities come from', () => {
  test('an object, without what is not a function', () => {
    expect([...collectActivities({ a() {}, b: 1, c: null, d: async () => {} }).keys()]).toEqual(['a', 'd']);
  });

  test('a Map', () => {
    const activities = new Map<string, unknown>([
      ['with space', () => {}],
      ['text', 'x'],
    ]);
    expect([...collectActivities(activities).keys()]).toEqual(['with space']);
  });

  test('a module, its default export included', async () => {
    const module = await import('./activity-registry.ts');
    expect([...collectActivities(module).keys()].sort()).toEqual(['collectActivities', 'findActivity']);
  });

  test('a class instance, bound, base classes included', async () => {
    const registry = collectActivities(new Derived('Hello'));
    expect([...registry.keys()].sort()).toEqual(['greet', 'own', 'part']);
    expect(await findActivity(registry, 'greet')('you')).toBe('Hello, you');
    expect(await findActivity(registry, 'part')()).toBe('of the derived class');
    expect(await findActivity(registry, 'own')()).toBe('Hello');
  });

  test('nowhere', () => {
    expect(collectActivities(undefined).size).toBe(0);
  });
});

test('options set on a method stay with it', () => {
  class WithOptions {
    async greet() {}
  }
  setActivityOptions({ typeInfo: {} }, WithOptions.prototype.greet);
  expect(findActivity(collectActivities(new WithOptions()), 'greet')).toHaveProperty('activityDefinitionOptions', {
    typeInfo: {},
  });
});

test('the default activity stands in for others', () => {
  const registry = collectActivities({ known: async () => 'known', default: async () => 'default' });
  expect(findActivity(registry, 'known')()).resolves.toBe('known');
  expect(findActivity(registry, 'unknown')()).resolves.toBe('default');
});

test('an unknown activity is a retryable failure that names those that are registered', () => {
  try {
    findActivity(collectActivities({ one() {}, two() {} }), 'three');
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({
      type: 'NotFoundError',
      nonRetryable: false,
      message: 'Activity function three is not registered on this Worker, available activities: ["one","two"]',
    });
  }
});
