import { describe, expect, test } from 'bun:test';
import { createContext, runInContext } from 'node:vm';
import { takeShapes } from './object-shapes.ts';

const makers: Record<string, () => object> = {
  'a plain object': () => ({ own: 1 }),
  'a function': () => Object.assign(() => {}, { own: 1 }),
  'a class': () => Object.assign(class {}, { own: 1 }),
  'an array': () => Object.assign([1, 2], { own: 1 }),
  'an object with a table of its own': () =>
    Object.fromEntries(Array.from({ length: 300 }, (_, index) => [index === 0 ? 'own' : `key${index}`, index])),
  'an object whose table the engine has given up before': () => {
    const object: Record<string, unknown> = { own: 1 };
    for (const name of ['early', 'late']) {
      for (let index = 0; index < 300; index++) object[`${name}${index}`] = index;
      for (const _ in Object.create(object)) break;
    }
    return object;
  },
  'a built-in of another realm': () => Object.assign(runInContext('String.prototype', createContext()), { own: 1 }),
  'an object without a prototype, closed': () => Object.seal(Object.assign(Object.create(null), { own: 1 })),
};

const changes: Record<string, (object: Record<PropertyKey, unknown>) => void> = {
  'a new key': (object) => {
    object.added = 1;
  },
  'a new symbol': (object) => {
    object[Symbol('added')] = 1;
  },
  'a deleted key': (object) => {
    Reflect.deleteProperty(object, 'own');
  },
  'an accessor': (object) => {
    Object.defineProperty(object, 'own', { get: () => 1 });
  },
  'an attribute': (object) => {
    Object.defineProperty(object, 'own', { enumerable: false });
  },
  'another prototype': (object) => {
    Object.setPrototypeOf(object, { inherited: 1 });
  },
  'no more keys': (object) => {
    Object.preventExtensions(object);
  },
};

describe.each(Object.keys(makers).filter((name) => !name.includes('closed')))('the shape of %s', (kind) => {
  test.each(Object.keys(changes))('tells of %s', (change) => {
    const object = (makers[kind] as () => Record<PropertyKey, unknown>)();
    const shapes = takeShapes([{}, object]);
    expect(shapes?.tells(1)).toBe(true);
    expect(shapes?.differ()).toBe(false);
    Reflect.get(object, 'own');
    object.own = 2;
    expect(shapes?.differ()).toBe(false);
    changes[change]?.(object);
    expect(shapes?.differ()).toBe(true);
    shapes?.renew(1);
    expect(shapes?.differ()).toBe(false);
  });
});

test('shapes tell all of what stays without a prototype, and nothing of what may get one', () => {
  const closed = makers['an object without a prototype, closed'] as () => object;
  const shapes = takeShapes([closed(), Object.prototype, Object.create(null)]);
  expect([0, 1, 2].map((index) => shapes?.tells(index))).toEqual([true, true, false]);
});

test('shapes of exotic objects tell nothing, and no trap of a proxy is called', () => {
  const traps: string[] = [];
  const handler = new Proxy({}, { get: (_, trap) => void traps.push(String(trap)) });
  const exotic = [
    new Proxy({}, handler),
    new Proxy(() => {}, handler),
    globalThis,
    runInContext('globalThis', createContext()),
    { 0: 'an element' },
    (function () {
      // biome-ignore lint/complexity/noArguments: it is what is tried.
      return arguments;
    })(),
  ];
  const shapes = takeShapes(exotic);
  expect(exotic.map((_, index) => shapes?.tells(index))).toEqual(exotic.map(() => false));
  expect(shapes?.differ()).toBe(false);
  expect(traps).toEqual([]);
});

test('the shape of an object that is changed and undone again and again tells of each change, or nothing any more', () => {
  const object: Record<string, unknown> = { own: 1 };
  const shapes = takeShapes([object]);
  for (let round = 0; round < 1_000 && shapes?.tells(0); round++) {
    object.added = 1;
    expect(shapes.differ()).toBe(true);
    delete object.added;
    shapes.renew(0);
    expect(shapes.differ()).toBe(false);
  }
  if (shapes?.tells(0)) {
    object.added = 1;
    expect(shapes.differ()).toBe(true);
  }
});
