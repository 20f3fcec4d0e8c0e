/** Notes each `Map` and `Set` that the library makes while it is evaluated. Most of them no name leads to. */

import { forwardingTo } from './forwarding.ts';

export type Collection = Map<unknown, unknown> | Set<unknown>;

const made: Collection[] = [];
let isRecording = true;
const [RealMap, RealSet] = [Map, Set];

function recording<C extends new (...args: never[]) => Collection>(Constructor: C): C {
  const recorder: C = forwardingTo(Constructor, {
    construct(target, args, newTarget) {
      const collection = Reflect.construct(target, args, newTarget === recorder ? target : newTarget);
      // What extends the recorder goes on to construct by way of it.
      if (isRecording) made.push(collection);
      return collection;
    },
  });
  return recorder;
}

// biome-ignore lint/suspicious/noGlobalAssign: it is a variable of the library bundle.
Map = recording(Map);
// biome-ignore lint/suspicious/noGlobalAssign: it is a variable of the library bundle.
Set = recording(Set);

/** A map that is not recorded. */
export function makeOwnMap<K, V>(): Map<K, V> {
  return new RealMap();
}

/** A set that is not recorded: no code of a run gets hold of it. */
export function makeOwnSet<T>(values?: Iterable<T>): Set<T> {
  return new RealSet(values);
}

/** Calls what looks up the global `Map` and `Set`, and records what it makes as well. */
export function recordingCollections<T>(call: () => T): T {
  Object.assign(globalThis, { Map, Set });
  try {
    return call();
  } finally {
    Object.assign(globalThis, { Map: RealMap, Set: RealSet });
  }
}

/** Ends the recording. Returns what was made meanwhile. */
export function recordedCollections(): Collection[] {
  isRecording = false;
  // biome-ignore lint/suspicious/noGlobalAssign: it is a variable of the library bundle.
  Map = RealMap;
  // biome-ignore lint/suspicious/noGlobalAssign: it is a variable of the library bundle.
  Set = RealSet;
  return made.splice(0);
}
