/**
 * Tells changes of objects by their shapes.
 *
 * The engine gives each object a shape, which says what keys the object has, with what attributes, and its prototype. Whatever
 * changes one of these gives the object another shape, so comparing the numbers of two shapes compares all that at once. No
 * function of the language tells the number; the engine's description of an object does, and it tells where the object lies.
 */
import type { ObjectShapes } from '../inside/bridge.ts';
import { describe, SLOT_BYTES, STORAGE_OFFSET, shapeNumberAt, slotAddress, wordsAt } from './memory.ts';

/** A part of the engine's memory that changes when an object's keys or its prototype do. */
interface Mark {
  current: Uint32Array;
  taken: number;
}

/** The marks of an object, in the order of their comparison: an earlier one tells whether a later one is still there. */
type Shape = readonly Mark[];

const START =
  /^Object: (0x[0-9a-f]+) with butterfly (0x[0-9a-f]+|\(nil\)).*?\(Structure 0x[0-9a-f]+:\[0x[0-9a-f]+\/\d+, ([^,]+), /;
/** Objects that keep all of their keys in their shapes. */
const KINDS = new RegExp(
  `^(?:Object|Array|\\w*Function|\\w*Prototype|[\\w ]*Iterator[\\w ]*|%Segments%|${[
    ...['ArrayBuffer', 'BigInt', 'Boolean', 'DataView', 'Date', 'Error', 'Intl', 'JSON', 'Map', 'Math', 'Number'],
    ...['Promise', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol', 'WeakMap', 'WeakSet'],
  ].join('|')})$`,
);
/**
 * What follows the keys. There are no elements but those of simple arrays. A table of the object's own for its keys
 * ("Dictionary") changes without the shape when a key is added, but not when one is deleted.
 */
const END = new RegExp(
  [
    /^\}, (?:NonArray|ArrayClass|(?:CopyOnWrite)?ArrayWith(?:Undecided|Int32|Double|Contiguous)), \w+(, Proto:0x[0-9a-f]+)?/,
    /(, Dictionary|, Has been dictionary)?(?:, (?:Leaf|Shady leaf)(?: \(Watched\))?)?\]\), StructureID: (\d+)$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

/** How many properties the object has in its storage, and for how many there is room. */
const IN_STORAGE = /, \(\d+\/\d+, (\d+)\/(\d+)\)\{/;

/** So many keys that the engine puts them into a table, in any way of adding them. */
const OWN_TABLE_KEYS = 200;

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

/**
 * The marks that a new key leaves in an object with a table of its own: its value goes into the next slot of the storage, or into
 * a larger storage.
 */
function marksOfStorage(description: string, address: number, storage: number): Shape | undefined {
  const [, used, room] = IN_STORAGE.exec(description) ?? [];
  if (used === undefined || !(storage > 0)) return undefined;
  const marks = marksOf(wordsAt(address + STORAGE_OFFSET, SLOT_BYTES));
  if (used === room) return marks;
  const next = marksOf(wordsAt(slotAddress(storage, Number(used)), SLOT_BYTES));
  return next.every(({ taken }) => taken === 0) ? [...marks, ...next] : undefined;
}

function marksOf(words: Uint32Array): Mark[] {
  return Array.from(words, (taken, index) => ({ current: words.subarray(index, index + 1), taken }));
}

/** Returns undefined if the shape of the object does not tell all. */
function shapeOf(object: object): Shape | undefined {
  let description = describe(object);
  if (OWN_TABLE.test(description)) {
    giveUpOwnTable(object);
    description = describe(object);
  }
  const [, address, storage, kind] = START.exec(description) ?? [];
  if (address === undefined || kind === undefined || !KINDS.test(kind)) return undefined;
  const [, prototype, table, number] = END.exec(description.slice(description.lastIndexOf('}'))) ?? [];
  if (number === undefined) return undefined;
  // Shapes that say nothing of the prototype are those of objects that have none, and of some that keep it themselves.
  if (prototype === undefined && !(Object.getPrototypeOf(object) === null && staysWithoutPrototype(object)))
    return undefined;
  const mark = { current: shapeNumberAt(Number(address)), taken: Number(number) };
  if (mark.current[0] !== mark.taken) return undefined;
  if (table !== ', Dictionary') return [mark];
  const more = marksOfStorage(description, Number(address), Number(storage));
  return more && [mark, ...more];
}

/** An object with a table of its own that the engine does not give up any more: it does so once. */
function makeWithOwnTable(): object {
  const object: Record<string, unknown> = {};
  for (const name of ['early', 'late']) {
    for (let index = 0; index < OWN_TABLE_KEYS; index++) object[`${name}${index}`] = index;
    giveUpOwnTable(object);
  }
  return object;
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
    if (shape === undefined || differs(shape)) return false;
    change(object);
    return differs(shape);
  });
}

function differs(shape: Shape): boolean {
  for (let index = 0; index < shape.length; index++) {
    const { current, taken } = shape[index] as Mark;
    if (current[0] !== taken) return true;
  }
  return false;
}

let isReadable: boolean | undefined;

/** Whether this engine lays objects out as expected. Asked once, of objects made for the purpose. */
function areReadable(): boolean {
  const makers = [
    ...[() => ({}), () => () => {}, () => class {}, () => Object.create({ inherited: 1 }), () => /x/],
    makeWithOwnTable,
  ];
  isReadable ??= makers.every((make) => tellsChanges(() => Object.assign(make(), { own: 1 })));
  return isReadable;
}

/** Takes the shapes of objects. Returns undefined if this engine's cannot be read. */
export function takeShapes(objects: readonly object[]): ObjectShapes | undefined {
  if (!areReadable()) return undefined;
  const shapes = objects.map((object) => shapeOf(object));
  const allMarks = (): Mark[] => shapes.flatMap((shape) => shape ?? []);
  let marks = allMarks();
  return {
    tells: (index) => shapes[index] !== undefined,
    differ() {
      return differs(marks);
    },
    renew(index) {
      const shape = shapes[index];
      if (shape === undefined || !differs(shape)) return shape !== undefined;
      shapes[index] = shapeOf(objects[index] as object);
      marks = allMarks();
      return shapes[index] !== undefined;
    },
  };
}
