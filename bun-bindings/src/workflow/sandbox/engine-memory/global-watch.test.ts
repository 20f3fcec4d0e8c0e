import { beforeEach, describe, expect, test } from 'bun:test';
import { constants, createContext, runInContext } from 'node:vm';
import type { GlobalWatch } from '../inside/bridge.ts';
import { watchGlobal } from './global-watch.ts';

type Globals = Record<PropertyKey, unknown>;

let global: Globals;
let watch: GlobalWatch;
beforeEach(() => {
  global = runInContext('globalThis', createContext(constants.DONT_CONTEXTIFY)) as Globals;
  watch = watchGlobal(global) as GlobalWatch;
});

/** Changes, each with what undoes it. */
const changes: Record<string, [change: () => void, undo: () => void]> = {
  'another value': [
    () => {
      global.parseInt = 1;
    },
    () => {
      global.parseInt = parseInt;
    },
  ],
  'a new name': [
    () => {
      global.added = 1;
    },
    () => {
      delete global.added;
    },
  ],
  'a new name without a value': [
    () => {
      global.added = undefined;
    },
    () => {
      delete global.added;
    },
  ],
  'a new symbol': [
    () => {
      global[Symbol.for('added')] = 1;
    },
    () => {
      delete global[Symbol.for('added')];
    },
  ],
  'a name that is gone': [
    () => {
      delete global.eval;
    },
    () => {
      global.eval = undefined;
    },
  ],
  'another name for a value': [
    () => {
      const { Map: before } = global;
      delete global.Map;
      global.Renamed = before;
    },
    () => {
      const { Renamed } = global;
      delete global.Renamed;
      global.Map = Renamed;
    },
  ],
  'an attribute': [
    () => {
      Object.defineProperty(global, 'Set', { enumerable: true });
    },
    () => {
      Object.defineProperty(global, 'Set', { enumerable: false });
    },
  ],
};

test('the global object of a realm can be watched in this engine', () => {
  expect(watch).toBeDefined();
  expect(watch.isSame()).toBe(true);
});

test('to read globals, to call them and to make objects changes nothing', () => {
  for (const key of Reflect.ownKeys(global)) void Object.getOwnPropertyDescriptor(global, key);
  runInContext('new Map([[parseInt("1"), JSON.stringify({})]]); new Intl.DateTimeFormat().format(0)', createContext());
  Bun.gc(true);
  expect(watch.isSame()).toBe(true);
});

describe.each(Object.keys(changes))('%s', (name) => {
  const [change, undo] = changes[name] as [() => void, () => void];

  test('is seen, also when the watch was renewed before', () => {
    for (let round = 0; round < 3; round++) {
      change();
      expect(watch.isSame()).toBe(false);
      undo();
      watch.renew();
      expect(watch.isSame()).toBe(true);
    }
  });
});

test('after the storage has grown, the watch never says again that nothing was changed', () => {
  for (let index = 0; index < 300; index++) global[`added${index}`] = index;
  expect(watch.isSame()).toBe(false);
  for (let index = 0; index < 300; index++) delete global[`added${index}`];
  watch.renew();
  expect(watch.isSame()).toBe(false);
});

test('objects that are no global object of a realm are not watched', () => {
  for (const object of [{}, [], () => {}, new Proxy({}, {})]) expect(watchGlobal(object)).toBeUndefined();
});
