import type { Subprocess } from 'bun';
import { temporalCli } from '../support/dev-server.ts';
import { freePort } from '../support/free-port.ts';

/** A dev server with its database on disk, which can be killed and started again. */
export class ServerProcess implements AsyncDisposable {
  readonly port = freePort();
  #process: Subprocess;

  constructor(readonly databasePath: string) {
    this.#process = this.#spawn();
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.exited;
  }

  startAgain(): void {
    this.#process = this.#spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #spawn(): Subprocess {
    const flags = ['--headless', '--ip', '127.0.0.1', '--port', String(this.port), '--log-level', 'never'];
    // A process that is killed leaves its writes to the kernel; a wait for the disk helps only when the machine fails.
    const database = ['--db-filename', this.databasePath, '--sqlite-pragma', 'synchronous=off'];
    const command = [temporalCli(), 'server', 'start-dev', ...flags, ...database];
    return Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' });
  }
}
