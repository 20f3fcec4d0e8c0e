/** A client of Bun's inspector, for the messages that tests need. */
export class Debugger {
  readonly #answers = new Map<number, (result: never) => void>();
  readonly #listeners = new Map<string, (params: never) => void>();
  #lastId = 0;

  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;

    socket.onmessage = ({ data }) => {
      const { id, method, params, result } = JSON.parse(data);
      if (id === undefined) this.#listeners.get(method)?.(params as never);
      else this.#answers.get(id)?.(result as never);
    };
  }

  static async connect(url: string): Promise<Debugger> {
    const socket = new WebSocket(url);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`Cannot connect to ${url}`));
    await promise;
    return new Debugger(socket);
  }

  send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<T>();
    this.#answers.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return promise;
  }

  on<T>(method: string, listener: (params: T) => void): void {
    this.#listeners.set(method, listener);
  }

  /** Resolves with the parameters of the next such event. */
  next<T>(method: string): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    this.on(method, resolve);
    return promise;
  }

  close(): void {
    this.#socket.close();
  }
}
