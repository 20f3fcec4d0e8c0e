/**
 * Reads the shapes of objects: the only place that reads the engine's memory.
 *
 * The engine gives each object a shape, which says what keys the object has, with what attributes, and its prototype. Whatever
 * changes one of these gives the object another shape, so comparing the numbers of two shapes compares all that at once. No
 * function of the language tells the number; the engine's description of an object does, and it tells where the object lies.
 * The number is in the object's first four bytes, and objects never move.
 */
import { type Pointer, toArrayBuffer } from 'bun:ffi';
import * as jsc from 'bun:jsc';
import type { ObjectShapes } from './inside/bridge.ts';

// The types of Bun leave it out.
const { describe } = jsc as unknown as { describe(value: unknown): string };

interface Shape {
  /** The number of the shape that the object has, in the object itself. */
  current: Uint32Array;
  /** The number of the shape that was taken. */
  taken: number;
}

const NUMBER_BYTES = 4;

const START = /^Object: (0x[0-9a-f]+) with butterfly .*?\(Structure 0x[0-9a-f]+:\[0x[0-9a-f]+\/\d+, ([^,]+), /;
/** Objects that keep all of their keys in their shapes. */
const KINDS = new RegExp(
  `^(?:Object|Array|\\w*Function|\\w*Prototype|[\\w ]*Iterator[\\w ]*|%Segments%|${[
    ...['ArrayBuffer', 'BigInt', 'Boolean', 'DataView', 'Date', 'Error', 'Intl', 'JSON', 'Map', 'Math', 'Number'],
    ...['Promise', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol', 'WeakMap', 'WeakSet'],
  ].join('|')})$`,
);
/**
 * What follows the keys. There are no elements but those of simple arrays, and the object has no table of its own for its keys
 * ("Dictionary"), which changes without the shape.
 */
const END = new RegExp(
  [
    /^\}, (?:NonArray|ArrayClass|(?:CopyOnWrite)?ArrayWith(?:Undecided|Int32|Double|Contiguous)), \w+(, Proto:0x[0-9a-f]+)?/,
    /(?:, Has been dictionary)?(?:, (?:Leaf|Shady leaf)(?: \(Watched\))?)?\]\), StructureID: (\d+)$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

const OWN_TABLE = /, (?:Uncacheable)?Dictionary, [^}]*$/;

/** Whether an object without a prototype can never get one. `Object.prototype` is the only one that new properties fit into. */
function staysWithoutPrototype(object: object): boolean {
  if (!Object.isExtensible(object)) return true;
  if (!Reflect.setPrototypeOf(object, {})) return true;
  Reflect.setPrototypeOf(object, null);
  return false;
}

/** Makes the engine put the keys of an object into its shape, as it does for objects that others inherit from; once for each. */
function giveUpOwnTable(object: object): void {
  for (const _ in Object.create(object)) return;
}

/** Returns undefined if the shape of the object does not tell all. */
function shapeOf(object: object): Shape | undefined {
  let description = describe(object);
  const [, address, kind] = START.exec(description) ?? [];
  if (address === undefined || kind === undefined || !KINDS.test(kind)) return undefined;
  if (OWN_TABLE.test(description)) {
    giveUpOwnTable(object);
    description = describe(object);
  }
  const [, prototype, number] = END.exec(description.slice(description.lastIndexOf('}'))) ?? [];
  if (number === undefined) return undefined;
  // Shapes that say nothing of the prototype are those of objects that have none, and of some that keep it themselves.
  if (prototype === undefined && !(Object.getPrototypeOf(object) === null && staysWithoutPrototype(object)))
    return undefined;
  const current = new Uint32Array(toArrayBuffer(Number(address) as Pointer, 0, NUMBER_BYTES));
  const taken = Number(number);
  return current[0] === taken ? { current, taken } : undefined;
}

/** Whether each kind of change to an object gives it another shape, and nothing else does. */
function tellsChanges(makeObject: () => object): boolean {
  const changes: ((object: object) => void)[] = [
    (object) => Object.assign(object, { added: 1 }),
    (object) => Object.assign(object, { [Symbol()]: 1 }),
    (object) => Object.assign(object, { 0: 1 }),
    (object) => Reflect.deleteProperty(object, 'own'),
    (object) => Object.defineProperty(object, 'own', { enumerable: false }),
    (object) => Object.setPrototypeOf(object, { inherited: 1 }),
    (object) => Object.preventExtensions(object),
  ];
  return changes.every((change) => {
    const object = makeObject();
    const shape = shapeOf(object);
    if (shape === undefined || shape.current[0] !== shape.taken) return false;
    change(object);
    return shape.current[0] !== shape.taken;
  });
}

let isReadable: boolean | undefined;

/** Whether this engine lays objects out as expected. Asked once, of objects made for the purpose. */
function areReadable(): boolean {
  const makers = [() => ({}), () => () => {}, () => class {}, () => Object.create({ inherited: 1 }), () => /x/];
  isReadable ??= makers.every((make) => tellsChanges(() => Object.assign(make(), { own: 1 })));
  return isReadable;
}

/** Takes the shapes of objects. Returns undefined if this engine's cannot be read. */
export function takeShapes(objects: readonly object[]): ObjectShapes | undefined {
  if (!areReadable()) return undefined;
  const shapes = objects.map((object) => shapeOf(object));
  let told = shapes.filter((shape) => shape !== undefined);
  return {
    tells: (index) => shapes[index] !== undefined,
    differ() {
      for (let index = 0; index < told.length; index++) {
        const { current, taken } = told[index] as Shape;
        if (current[0] !== taken) return true;
      }
      return false;
    },
    renew(index) {
      const shape = shapes[index];
      if (shape === undefined || shape.current[0] === shape.taken) return shape !== undefined;
      shapes[index] = shapeOf(objects[index] as object);
      told = shapes.filter((one) => one !== undefined);
      return shapes[index] !== undefined;
    },
  };
}
