/** What a workflow thread has asked the main thread, and waits for. */
export class Questions<A> {
  private readonly waiting = new Map<number, PromiseWithResolvers<A>>();
  private nextId = 1;

  /** Asks by `send`, which gets the number that the answer will have. What it throws is thrown, and nothing is waited for. */
  ask(send: (id: number) => void): Promise<A> {
    const id = this.nextId++;
    send(id);
    const answer = Promise.withResolvers<A>();
    this.waiting.set(id, answer);
    return answer.promise;
  }

  settle(id: number, answer: A): void {
    this.waiting.get(id)?.resolve(answer);
    this.waiting.delete(id);
  }

  fail(id: number, error: Error): void {
    this.waiting.get(id)?.reject(error);
    this.waiting.delete(id);
  }
}
