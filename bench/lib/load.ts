/** Does something `count` times, `at` at a time. */
export async function inTurns(count: number, at: number, once: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await once(next++);
  };
  await Promise.all(Array.from({ length: at }, lane));
}
