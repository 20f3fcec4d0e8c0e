import type { FdSocketOptions, Socket } from 'bun';
import { checkCode, checkHandle, checkSize } from './calls.ts';
import { native } from './library.ts';
import type { Wake } from './wake.ts';

/** A file descriptor that the event loop watches: no native thread ever calls into the engine. */
export class DescriptorWake implements Wake {
  #queue = 0;
  #socket: Socket | undefined;
  #isBusy = false;
  #isClosed = false;

  open(drain: () => void): number {
    this.#queue = checkHandle(native().temporal_bun_queue_new(null, null));
    // Bun closes the descriptors of its sockets.
    const fd = checkSize(native().temporal_bun_queue_fd_dup(this.#queue));
    const socket = {
      open: (socket: Socket) => this.#watch(socket),
      // What is read is only the sign that there is something to drain.
      data: drain,
      error: (_: Socket, error: Error) => reportError(error),
    };
    // The types leave out `fd`, by which Bun's own node:net opens sockets.
    const connect: (options: FdSocketOptions) => Promise<Socket> = Bun.connect as never;
    void connect({ fd, socket }).catch(reportError);
    return this.#queue;
  }

  setBusy(isBusy: boolean): void {
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    this.#keepAlive();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.terminate();
    checkCode(native().temporal_bun_queue_close(this.#queue));
  }

  #watch(socket: Socket): void {
    if (this.#isClosed) {
      socket.terminate();
      return;
    }
    this.#socket = socket;
    this.#keepAlive();
  }

  #keepAlive(): void {
    if (this.#isBusy) this.#socket?.ref();
    else this.#socket?.unref();
  }
}
