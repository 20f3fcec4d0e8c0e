import { FFIType, JSCallback } from 'bun:ffi';
import { MAX_TIMER_MS } from '../timers.ts';
import { checkCode, checkHandle, checkSize } from './calls.ts';
import { NativeBridgeError } from './error.ts';
import { native } from './library.ts';

/** Receives the tasks of one kind of a worker. */
export interface TaskStream {
  onTask(bytes: Uint8Array): void;
  /** The worker cannot go on; the end follows. */
  onError(error: NativeBridgeError): void;
  /** There will be no more tasks. */
  onEnd(): void;
}

/** A call that is under way. */
export interface PendingCall<T> {
  /** Rejects with a NativeBridgeError. */
  result: Promise<T>;
  /** Asks it to end early, with code `cancelled`. Does nothing if it ended. */
  cancel(): void;
}

/** Submits a call to the bridge with a queue and a tag, and returns what the bridge returned: the call's handle. */
export type StartCall = (queue: number, tag: number) => number | bigint;

/** The kinds of records in a drain, see `docs/ffi-surface.md`. */
const RecordKind = { Bytes: 0, Error: 1, Handle: 2, End: 3 } as const;

/** In the kind of the last record of a drain: it has left others behind. */
const MORE = 0x8000_0000;

const HEADER_BYTES = 16;
const ROOM_BYTES = 32 * 1024;
/** The code `TEMPORAL_BUN_CODE_BUFFER_TOO_SMALL`. */
const BUFFER_TOO_SMALL = 6;
const QUIET_TAG = 0;
const decoder = new TextDecoder();

/** Memory for the records of a drain. */
class Room {
  readonly bytes: Uint8Array;
  /** The same memory, as numbers. */
  readonly numbers: DataView;

  constructor(size: number) {
    const memory = new ArrayBuffer(size);
    this.bytes = new Uint8Array(memory);
    this.numbers = new DataView(memory);
  }
}

/** Who gets the records of one tag. True: this was the last one. */
type Receiver = (kind: number, payload: Uint8Array) => boolean;

/**
 * Brings what the bridge completes to one JavaScript thread: one wake and one drain for all that is there.
 *
 * While a call or a stream is open the queue keeps the process alive; while none is, it does not.
 */
export class CompletionQueue {
  /** Names the queue towards the bridge. */
  readonly handle: number;
  /** Gets the failures of calls that nobody waits for: completions of workflow tasks. */
  onQuietFailure: (error: NativeBridgeError) => void = (error) => {
    throw error;
  };
  readonly #wake: JSCallback;
  /** Where almost every drain goes. */
  readonly #room = new Room(ROOM_BYTES);
  readonly #receivers = new Map<number, Receiver>();
  /** The receivers that wait for nothing in particular. */
  readonly #messageTags = new Set<number>();
  #nextTag = 1;
  #closed = false;
  #keepAlive: Timer | undefined;

  static create(): CompletionQueue {
    return new CompletionQueue();
  }

  /** Closes the queue of a thread that ended without doing so. What it held goes back to where it came from. */
  static closeOfEndedThread(queue: number): void {
    // It may have closed it after all, just before its end.
    native().temporal_bun_queue_close(queue);
  }

  private constructor() {
    this.#wake = new JSCallback(() => this.#drain(), { args: [FFIType.ptr], returns: FFIType.void, threadsafe: true });
    this.handle = checkHandle(native().temporal_bun_queue_new(this.#wake, null));
  }

  /** Submits a call. `start` gets the queue and a tag for the bridge, and returns the call's handle. */
  submit(start: StartCall): PendingCall<Uint8Array> {
    return this.#submit(start, (kind, payload) => (kind === RecordKind.Bytes ? payload : undefined));
  }

  /** Submits a call that makes an object. Its result is the object's handle. */
  submitNew(start: StartCall): PendingCall<number> {
    return this.#submit(start, (kind, payload) => (kind === RecordKind.Handle ? readHandle(payload) : undefined));
  }

  #submit<T>(start: StartCall, read: (kind: number, payload: Uint8Array) => T | undefined): PendingCall<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const tag = this.#open((kind, payload) => {
      const value = read(kind, payload);
      if (value !== undefined) resolve(value);
      else reject(readError(payload));
      return true;
    });
    const call = this.#attach(tag, () => checkHandle(start(this.handle, tag)));
    return {
      result: promise,
      cancel: () => {
        // An error means that the call ended before, or cannot be taken back: its result says so.
        if (this.#receivers.has(tag)) native().temporal_bun_pending_cancel(call);
      },
    };
  }

  /** Opens a stream and returns the tag to attach it with; `attach` is called with it at once. */
  openStream(stream: TaskStream, attach: (tag: number) => void): void {
    const tag = this.#open((kind, payload) => {
      switch (kind) {
        case RecordKind.End:
          stream.onEnd();
          return true;
        case RecordKind.Error:
          stream.onError(readError(payload));
          return false;
        default:
          stream.onTask(payload);
          return false;
      }
    });
    this.#attach(tag, attach);
  }

  /** Receives messages that come now and then, such as log lines; does not keep the process alive. They may have an end. */
  openMessages(onMessage: (message: Uint8Array) => void, attach: (tag: number) => void, onEnd?: () => void): void {
    const tag = this.#nextTag++;
    this.#receivers.set(tag, (kind, payload) => {
      if (kind !== RecordKind.End) {
        onMessage(payload);
        return false;
      }
      onEnd?.();
      return true;
    });
    this.#messageTags.add(tag);
    this.#attach(tag, attach);
  }

  /**
   * Closes the queue: after it the bridge never calls back. Calls that are under way reject with code `closed`.
   *
   * To be called before the thread of the queue ends.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // In this order: the bridge lets go of the callback before the callback goes.
    checkCode(native().temporal_bun_queue_close(this.handle));
    this.#wake.close();
    const error = new TextEncoder().encode(
      JSON.stringify({ code: 'closed', message: 'the completion queue was closed', details: {} }),
    );
    const receivers = [...this.#receivers];
    this.#receivers.clear();
    this.#updateKeepAlive();
    for (const [tag, receive] of receivers) if (!this.#messageTags.has(tag)) receive(RecordKind.Error, error);
  }

  #open(receive: Receiver): number {
    if (this.#closed) throw new NativeBridgeError('closed', 'the completion queue was closed');
    const tag = this.#nextTag++;
    this.#receivers.set(tag, receive);
    this.#updateKeepAlive();
    return tag;
  }

  /** Has the bridge use a tag that is open. If it does not, the tag is closed again. */
  #attach<T>(tag: number, attach: (tag: number) => T): T {
    try {
      return attach(tag);
    } catch (error) {
      this.#end(tag);
      throw error;
    }
  }

  #end(tag: number): void {
    this.#receivers.delete(tag);
    this.#messageTags.delete(tag);
    this.#updateKeepAlive();
  }

  /**
   * The event loop does not know of native work, and a process whose event loop has nothing to wait for ends. A timer
   * that never fires in practice is something to wait for.
   */
  #updateKeepAlive(): void {
    const busy = this.#receivers.size > this.#messageTags.size;
    if (busy && this.#keepAlive === undefined) {
      this.#keepAlive = setInterval(() => {}, MAX_TIMER_MS);
    } else if (!busy && this.#keepAlive !== undefined) {
      clearInterval(this.#keepAlive);
      this.#keepAlive = undefined;
    }
  }

  #drain(): void {
    for (let hasMore = true; hasMore && !this.#closed; ) hasMore = this.#take();
  }

  /** Hands out what is in the queue. Returns whether there is more: what comes later wakes again. */
  #take(): boolean {
    const length = native().temporal_bun_queue_drain(this.handle, this.#room.bytes, ROOM_BYTES);
    if (length >= 0) return this.#dispatch(this.#room, Number(length));
    if (Number(length) !== -BUFFER_TOO_SMALL) checkSize(length);
    return this.#takeLarge(checkSize(native().temporal_bun_queue_ready_bytes(this.handle)));
  }

  /** The same for what needs more memory than is there. */
  #takeLarge(size: number): boolean {
    const room = new Room(size);
    const length = checkSize(native().temporal_bun_queue_drain(this.handle, room.bytes, size));
    return this.#dispatch(room, length);
  }

  /** Hands out the records of a drain. Returns whether it has left others behind. */
  #dispatch(room: Room, length: number): boolean {
    const { bytes, numbers } = room;
    // The next drain goes there too, so what is handed out is copied. Memory of its own is left to the payloads.
    const isReused = room === this.#room;
    let kind = 0;
    for (let offset = 0; offset < length; ) {
      const tag = readNumber(numbers, offset);
      kind = numbers.getUint32(offset + 8, true);
      const payloadLength = numbers.getUint32(offset + 12, true);
      const start = offset + HEADER_BYTES;
      offset = start + Math.ceil(payloadLength / 8) * 8;
      const end = start + payloadLength;
      this.#deliver(tag, kind % MORE, isReused ? bytes.slice(start, end) : bytes.subarray(start, end));
    }
    return kind >= MORE;
  }

  #deliver(tag: number, kind: number, payload: Uint8Array): void {
    try {
      if (tag === QUIET_TAG) {
        this.onQuietFailure(readError(payload));
        return;
      }
      const receive = this.#receivers.get(tag);
      if (receive?.(kind, payload)) this.#end(tag);
    } catch (error) {
      // A receiver that throws must not keep the other records from theirs.
      reportError(error);
    }
  }
}

/** A uint64 below 2^53. */
function readNumber(numbers: DataView, offset: number): number {
  return numbers.getUint32(offset, true) + numbers.getUint32(offset + 4, true) * 2 ** 32;
}

function readHandle(payload: Uint8Array): number {
  return readNumber(new DataView(payload.buffer, payload.byteOffset, payload.byteLength), 0);
}

function readError(payload: Uint8Array): NativeBridgeError {
  return NativeBridgeError.parse(decoder.decode(payload));
}
