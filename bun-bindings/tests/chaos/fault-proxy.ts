import { connect, createServer, type Server, type Socket } from 'node:net';

/** The two sockets of a connection through the proxy. */
interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** Hands connections on to a server, and does to them what networks do. */
export class FaultProxy implements AsyncDisposable {
  readonly #pairs = new Set<Pair>();
  readonly #abandoned = new Set<Socket>();
  #delay = 0;
  #isBlackhole = false;

  private constructor(
    readonly port: number,
    readonly server: Server,
    readonly target: number,
  ) {
    server.on('connection', (near) => this.#join(near));
  }

  static async start(target: number): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: false });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    return new FaultProxy(address.port, server, target);
  }

  /** Number of connections that are handed on. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Closes all connections. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  /** Ends the server's side of all connections. The client hears nothing of it, nor of anything else. */
  halfOpen(): void {
    for (const pair of this.#pairs) {
      this.#pairs.delete(pair);
      this.#abandoned.add(pair.near);
      pair.near.on('close', () => this.#abandoned.delete(pair.near));
      pair.far.removeAllListeners('close');
      pair.far.destroy();
    }
  }

  /** Delays each piece of data by so many ms. */
  slow(delay: number): void {
    this.#delay = delay;
  }

  /** Lets nothing through until it is called with `false`; then all that has waited. */
  blackhole(isBlackhole: boolean): void {
    this.#isBlackhole = isBlackhole;
    for (const { near, far } of this.#pairs) {
      for (const socket of [near, far]) {
        if (isBlackhole) socket.pause();
        else socket.resume();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.cut();
    for (const socket of this.#abandoned) socket.destroy();
    await closed;
  }

  #join(near: Socket): void {
    const pair = { near, far: connect(this.target, '127.0.0.1') };
    this.#pairs.add(pair);
    this.#handOn(pair, near, pair.far);
    this.#handOn(pair, pair.far, near);
  }

  #handOn(pair: Pair, from: Socket, to: Socket): void {
    if (this.#isBlackhole) from.pause();
    from.setNoDelay(true);
    from.on('data', (data) => {
      // An abandoned connection goes nowhere.
      if (!this.#pairs.has(pair)) return;
      if (this.#delay === 0) write();
      else setTimeout(write, this.#delay);

      function write(): void {
        if (to.destroyed || to.write(data)) return;
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    // A connection that is broken closes, too.
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#pairs.delete(pair);
      to.destroy();
    });
  }
}
