/**
 * Tells changes of objects by their shapes.
 *
 * The engine gives each object a shape, which says what keys the object has, with what attributes, and its prototype. Whatever
 * changes one of these gives the object another shape, so comparing the numbers of two shapes compares all that at once. No
 * function of the language tells the number; the engine's description of an object does, and it tells where the object lies.
 */
import type { ObjectShapes } from '../inside/bridge.ts';
import { describe, SLOT_BYTES, STORAGE_OFFSET, slotAddress, wordAt } from './memory.ts';
import { WatchedWords, type Word } from './watched-words.ts';

/**
 * The parts of the engine's memory that change when an object's keys or its prototype do, in the order of their comparison: an
 * earlier one tells whether a later one is still there.
 */
type Shape = readonly Word[];

const START =
  /^Object: (0x[0-9a-f]+) with butterfly (0x[0-9a-f]+|\(nil\)).*?\(Structure 0x[0-9a-f]+:\[0x[0-9a-f]+\/\d+, ([^,]+), /;
/** Objects that keep all of their keys in their shapes. */
const KINDS = new RegExp(
  `^(?:Object|Array|\\w*Function|\\w*Prototype|[\\w ]*Iterator[\\w ]*|%Segments%|${[
    ...['ArrayBuffer', 'BigInt', 'Boolean', 'DataView', 'Date', 'Error', 'Intl', 'JSON', 'Map', 'Math', 'Number'],
    ...['Promise', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol', 'WeakMap', 'WeakSet'],
    ...['(?:Async)?DisposableStack', 'Intl\\.\\w+', 'WebAssembly\\.\\w+Error'],
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
 * The words that a new key changes in an object with a table of its own: its value goes into the next slot of the storage, or into
 * a larger storage.
 */
function wordsOfStorage(description: string, address: number, storage: number): Shape | undefined {
  const [, used, room] = IN_STORAGE.exec(description) ?? [];
  if (used === undefined || !(storage > 0)) return undefined;
  const place = wordsOfSlot(address + STORAGE_OFFSET);
  if (used === room) return place;
  const next = wordsOfSlot(slotAddress(storage, Number(used)));
  return next.every(({ expected }) => expected === 0) ? [...place, ...next] : undefined;
}

function wordsOfSlot(address: number): Word[] {
  return [address, address + SLOT_BYTES / 2].map((at) => ({ address: at, expected: wordAt(at) }));
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
  const shapeNumber = { address: Number(address), expected: Number(number) };
  if (wordAt(shapeNumber.address) !== shapeNumber.expected) return undefined;
  if (table !== ', Dictionary') return [shapeNumber];
  const more = wordsOfStorage(description, Number(address), Number(storage));
  return more && [shapeNumber, ...more];
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
    if (shape === undefined) return false;
    const words = new WatchedWords(shape, new Map());
    if (words.differ()) return false;
    change(object);
    return words.differ();
  });
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

/** The words of all shapes, in one list, and where in it those of each begin. */
function watchShapes(
  shapes: readonly (Shape | undefined)[],
  blocks: Map<number, Uint32Array>,
): { words: WatchedWords; starts: number[] } {
  const starts = [0];
  for (const shape of shapes) starts.push((starts.at(-1) as number) + (shape?.length ?? 0));
  const words = shapes.flatMap((shape) => shape ?? []);
  return { words: new WatchedWords(words, blocks), starts };
}

/** Takes the shapes of objects. Returns undefined if this engine's cannot be read. */
export function takeShapes(objects: readonly object[]): ObjectShapes | undefined {
  if (!areReadable()) return undefined;
  const shapes = objects.map((object) => shapeOf(object));
  const blocks = new Map<number, Uint32Array>();
  let { words, starts } = watchShapes(shapes, blocks);
  return {
    tells: (index) => shapes[index] !== undefined,
    differ() {
      return words.differ();
    },
    renew(index) {
      if (shapes[index] === undefined) return false;
      if (!words.differ(starts[index], starts[index + 1])) return true;
      shapes[index] = shapeOf(objects[index] as object);
      ({ words, starts } = watchShapes(shapes, blocks));
      return shapes[index] !== undefined;
    },
  };
}
