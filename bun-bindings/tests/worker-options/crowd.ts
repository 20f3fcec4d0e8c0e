/** Work that waits until it is let go. Counts how much of it is under way at once. */
export class Crowd {
  /** The most that was under way at once. */
  most = 0;
  #present = 0;
  readonly #gate = Promise.withResolvers<void>();
  readonly #waiting: { size: number; resolve: () => void }[] = [];

  /** Takes part until the crowd is let go. */
  readonly join = async (): Promise<void> => {
    this.most = Math.max(this.most, ++this.#present);
    for (const { size, resolve } of this.#waiting) if (this.#present >= size) resolve();
    await this.#gate.promise;
    this.#present--;
  };

  /** Resolves once so many are under way at once. */
  reaches(size: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.most >= size) resolve();
    else this.#waiting.push({ size, resolve });
    return promise;
  }

  letGo(): void {
    this.#gate.resolve();
  }
}
