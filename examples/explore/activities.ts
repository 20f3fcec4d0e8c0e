/** The effects of activities. Each run of a test has a world of its own. */
export class World {
  readonly reserved = new Set<string>();
  readonly held = new Set<string>();
  readonly charged: string[] = [];
}

/** The activities, which change `world`. */
export function createActivities(world: World) {
  return {
    async reserve(order: string): Promise<void> {
      world.reserved.add(order);
    },
    async release(order: string): Promise<void> {
      world.reserved.delete(order);
    },
    async charge(order: string): Promise<void> {
      world.charged.push(order);
    },
    async hold(seat: string): Promise<string> {
      world.held.add(seat);
      return seat;
    },
    async letGo(seat: string): Promise<void> {
      world.held.delete(seat);
    },
    async loadItems(): Promise<string[]> {
      return ['a pen'];
    },
  };
}
