import type { Subprocess } from 'bun';
import { type Holdings, holdingsOf } from '../soak/holdings.ts';
import { LineReader } from '../support/line-reader.ts';
import { FaultProxy } from './fault-proxy.ts';
import type { WorkerFault } from './faults.ts';
import type { WallClock } from './wall-clock.ts';

/** A task queue and the workers that serve it. */
export interface MemberOptions {
  readonly name: string;
  /** Starts the worker's process. It prints "running" once it takes tasks. */
  command(address: string): string[];
  /** Whether it is one of ours, which ends threads, fills its memory and tells its status when it gets the signals for that. */
  readonly isOurs: boolean;
}

/** So long a worker may take to end after SIGTERM: its force time and the time for a slow machine. */
const SHUTDOWN_LIMIT_MS = 60_000;

/** So long a worker may take to tell its status. */
const STATUS_LIMIT_MS = 5_000;

/** A worker's process, which is started again whenever it ends, and the proxy between it and the server. */
export class Member implements AsyncDisposable {
  readonly #options: MemberOptions;
  readonly #proxy: FaultProxy;
  readonly #clock: WallClock;
  readonly #complain: (complaint: string) => void;
  #process!: Subprocess<'ignore', 'pipe', 'inherit'>;
  #running!: Promise<void>;
  #lines!: LineReader;
  /** The signal that the process is to end by. */
  #expected: 'SIGKILL' | 'SIGTERM' | undefined;
  #isOver = false;
  #suffered = Promise.resolve();
  #ended!: Promise<void>;

  private constructor(
    options: MemberOptions,
    proxy: FaultProxy,
    clock: WallClock,
    complain: (complaint: string) => void,
  ) {
    this.#options = options;
    this.#proxy = proxy;
    this.#clock = clock;
    this.#complain = complain;
    this.#spawn();
  }

  static async start(
    serverPort: number,
    options: MemberOptions,
    clock: WallClock,
    complain: (complaint: string) => void,
  ): Promise<Member> {
    return new Member(options, await FaultProxy.start(serverPort), clock, complain);
  }

  /** Resolves when the worker takes tasks. */
  async untilRunning(): Promise<void> {
    await this.#running;
  }

  /** Does a fault to the worker once it runs, after those that came before. Resolves when the fault is over. */
  suffer(fault: WorkerFault, pause: number): Promise<void> {
    this.#suffered = this.#suffered.then(() => this.#suffer(fault, pause));
    return this.#suffered;
  }

  async #suffer(fault: WorkerFault, pause: number): Promise<void> {
    await this.#running;
    switch (fault.do) {
      case 'kill':
        await this.#end('SIGKILL');
        await Bun.sleep(pause);
        return this.#spawn();
      case 'terminate':
        await this.#end('SIGTERM');
        await Bun.sleep(pause);
        return this.#spawn();
      case 'stop':
        this.#process.kill('SIGSTOP');
        await Bun.sleep(fault.ms);
        this.#process.kill('SIGCONT');
        return;
      case 'endThread':
        if (this.#options.isOurs) this.#process.kill('SIGHUP');
        return;
      case 'fill':
        if (!this.#options.isOurs) return;
        this.#process.kill('SIGALRM');
        await Bun.sleep(fault.ms);
        this.#process.kill('SIGALRM');
        return;
      case 'jump':
        return this.#clock.jump(fault.seconds);
      case 'cut':
        return this.#proxy.cut();
      case 'halfOpen':
        return this.#proxy.halfOpen();
      case 'slow':
        this.#proxy.slow(fault.delay);
        await Bun.sleep(fault.ms);
        return this.#proxy.slow(0);
      case 'blackhole':
        this.#proxy.blackhole(true);
        await Bun.sleep(fault.ms);
        return this.#proxy.blackhole(false);
    }
  }

  holdings(): Holdings {
    return holdingsOf(this.#process.pid);
  }

  /** Asks the worker for its status, which only ours tell. */
  async status(): Promise<string> {
    const { name, isOurs } = this.#options;
    if (!isOurs) return `${name} tells no status`;
    const told = this.#lines.until((line) => line.startsWith('status '));
    this.#process.kill('SIGUSR2');
    return `${name}: ${await Promise.race([told, Bun.sleep(STATUS_LIMIT_MS).then(() => 'no status in time')])}`;
  }

  /** Shuts the worker down, for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
    this.#isOver = true;
    await this.#end('SIGTERM');
    await this.#proxy[Symbol.asyncDispose]();
  }

  #spawn(): void {
    const command = this.#options.command(`127.0.0.1:${this.#proxy.port}`);
    const env = { ...Bun.env, ...this.#clock.environment };
    const process = Bun.spawn(command, { env, stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' });
    let isRunning = false;
    this.#process = process;
    this.#expected = undefined;
    const lines = new LineReader(process.stdout);
    this.#lines = lines;
    const running = lines
      .until((line) => line === 'running')
      .then(() => {
        isRunning = true;
      });
    const started = Promise.withResolvers<void>();
    running.then(started.resolve, () => undefined);
    this.#running = started.promise;
    this.#ended = process.exited.then(() => {
      if (this.#expected !== undefined || this.#isOver) return;
      if (isRunning) this.#complain(`${this.#describe()} ended by itself`);
      // Without a server no worker can start.
      this.#spawn();
      void this.#running.then(started.resolve);
    });
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const process = this.#process;
    this.#expected = signal;
    process.kill(signal);
    const limit = setTimeout(() => {
      this.#complain(`${this.#options.name} did not end within ${SHUTDOWN_LIMIT_MS} ms after ${signal}`);
      process.kill('SIGKILL');
    }, SHUTDOWN_LIMIT_MS);
    await this.#ended;
    clearTimeout(limit);
    const by = process.signalCode;
    if (signal === 'SIGTERM' && by !== null && by !== 'SIGKILL')
      this.#complain(`${this.#describe()} crashed in its shutdown`);
  }

  #describe(): string {
    const { signalCode, exitCode } = this.#process;
    return `${this.#options.name}, ${signalCode ?? `with exit code ${exitCode}`},`;
  }
}
