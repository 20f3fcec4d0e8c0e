/** Requests to the main thread that a workflow thread waits for. */
export class PendingRequests<A> {
  readonly #waiting = new Map<number, PromiseWithResolvers<A>>();
  #nextId = 1;

  /** Calls `send` with the id that the response will carry. Rethrows what `send` throws, and waits for nothing then. */
  request(send: (id: number) => void): Promise<A> {
    const id = this.#nextId++;
    send(id);
    const response = Promise.withResolvers<A>();
    this.#waiting.set(id, response);
    return response.promise;
  }

  resolve(id: number, response: A): void {
    this.#waiting.get(id)?.resolve(response);
    this.#waiting.delete(id);
  }

  reject(id: number, error: Error): void {
    this.#waiting.get(id)?.reject(error);
    this.#waiting.delete(id);
  }
}
