/** Notes each `Map` and `Set` that the library makes while it is evaluated. Most of them no name leads to. */

export type Collection = Map<unknown, unknown> | Set<unknown>;

const made: Collection[] = [];
const [RealMap, RealSet] = [Map, Set];

function recording<C extends new (...args: never[]) => Collection>(Constructor: C): C {
  const recorder: C = new Proxy(Constructor, {
    construct(target, args, newTarget) {
      const collection = Reflect.construct(target, args, newTarget === recorder ? target : newTarget);
      made.push(collection);
      return collection;
    },
  });
  return recorder;
}

// biome-ignore lint/suspicious/noGlobalAssign: it is a variable of the library bundle.
Map = recording(Map);
// biome-ignore lint/suspicious/noGlobalAssign: it is a variable of the library bundle.
Set = recording(Set);

/** Ends the recording. Returns what was made meanwhile. */
export function recordedCollections(): Collection[] {
  // biome-ignore lint/suspicious/noGlobalAssign: it is a variable of the library bundle.
  Map = RealMap;
  // biome-ignore lint/suspicious/noGlobalAssign: it is a variable of the library bundle.
  Set = RealSet;
  return made.splice(0);
}
