import { BUFFER_TOO_SMALL, checkHandle, checkSize } from './calls.ts';
import { NativeBridgeError } from './error.ts';
import { native } from './library.ts';
import type { Wake } from './wake.ts';
import { newWake } from './wake-choice.ts';

/** Receives one kind of tasks of a worker. */
export interface TaskStream {
  onTask(bytes: Uint8Array): void;
  /** Called when polling has failed for good. `onEnd` follows. */
  onError(error: NativeBridgeError): void;
  /** Called when there will be no more tasks. */
  onEnd(): void;
}

/** A call in progress. */
export interface PendingCall<T> {
  /** Rejects with a NativeBridgeError. */
  result: Promise<T>;
  /** Cancels the call, which then rejects with code `cancelled`. Does nothing if it has ended. */
  cancel(): void;
}

/** Submits a call to the bridge with a queue and a tag. Returns the handle of the call. */
export type StartCall = (queue: number, tag: number) => number | bigint;

/** The kinds of records in a drain, see `docs/ffi-surface.md`. */
const RecordKind = { Bytes: 0, Error: 1, Handle: 2, End: 3 } as const;

/** A flag in the kind of the last record of a drain: more records are left in the queue. */
const MORE = 0x8000_0000;

const HEADER_BYTES = 16;
const ROOM_BYTES = 32 * 1024;
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

/** Receives the records of one tag. Returns true if this was the last record. */
type Receiver = (kind: number, payload: Uint8Array) => boolean;

/**
 * Delivers completions of the bridge to one JavaScript thread, with one wake and one drain for all records that are
 * ready.
 *
 * The queue keeps the process alive while a call or a stream is open.
 */
export class CompletionQueue {
  /** The handle of the queue. */
  readonly handle: number;
  /** Receives errors of calls without a promise: completions of workflow tasks. */
  onQuietFailure: (error: NativeBridgeError) => void = (error) => {
    throw error;
  };
  readonly #wake: Wake;
  /** The buffer of almost every drain. */
  readonly #room = new Room(ROOM_BYTES);
  readonly #receivers = new Map<number, Receiver>();
  /** Receivers that do not keep the process alive. */
  readonly #messageTags = new Set<number>();
  #nextTag = 1;
  #closed = false;

  /** @param wake the way in which this thread learns of records. It belongs to the queue. */
  static create(wake: Wake = newWake()): CompletionQueue {
    return new CompletionQueue(wake);
  }

  /** Adds an empty record to the queue of another thread, which wakes that thread. Does nothing if the queue is closed. */
  static post(queue: number, tag: number): void {
    native().temporal_bun_queue_post(queue, tag, null, 0);
  }

  /** Closes the queue of a thread that ended without closing it, or is about to. Its tasks return to their workers. */
  static closeOfEndedThread(queue: number): void {
    // The thread may have closed it just before its end.
    native().temporal_bun_queue_close(queue);
  }

  private constructor(wake: Wake) {
    this.#wake = wake;
    this.handle = wake.open(() => this.#drain());
  }

  /** Submits a call. `start` passes the queue and a tag to the bridge and returns the handle of the call. */
  submit(start: StartCall): PendingCall<Uint8Array> {
    return this.#submit(start, (kind, payload) => (kind === RecordKind.Bytes ? payload : undefined));
  }

  /** Submits a call that creates an object. The result is the handle of the object. */
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
        // An error means that the call has ended or cannot be cancelled. Its result tells.
        if (this.#receivers.has(tag)) native().temporal_bun_pending_cancel(call);
      },
    };
  }

  /** Opens a stream. Calls `attach` at once with the tag of the stream, and returns the tag. */
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

  /** Receives occasional messages such as log lines, which may end. Does not keep the process alive. */
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
   * Closes the queue. The bridge never calls back after that. Calls in progress reject with code `closed`.
   *
   * Call it before the thread of the queue ends.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
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

  /** Passes an open tag to the bridge. Closes the tag if that fails. */
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

  #updateKeepAlive(): void {
    this.#wake.setBusy(!this.#closed && this.#receivers.size > this.#messageTags.size);
  }

  #drain(): void {
    for (let hasMore = true; hasMore && !this.#closed; ) hasMore = this.#take();
  }

  /** Delivers the records in the queue. Returns whether more are left. Later records cause another wake. */
  #take(): boolean {
    const length = native().temporal_bun_queue_drain(this.handle, this.#room.bytes, ROOM_BYTES);
    if (length >= 0) return this.#dispatch(this.#room, Number(length));
    if (Number(length) !== -BUFFER_TOO_SMALL) checkSize(length);
    return this.#takeLarge(checkSize(native().temporal_bun_queue_ready_bytes(this.handle)));
  }

  /** Drains records that need a larger buffer. */
  #takeLarge(size: number): boolean {
    const room = new Room(size);
    const length = checkSize(native().temporal_bun_queue_drain(this.handle, room.bytes, size));
    return this.#dispatch(room, length);
  }

  /** Delivers the records of a drain. Returns whether more records are left in the queue. */
  #dispatch(room: Room, length: number): boolean {
    const { bytes, numbers } = room;
    // Copy what is delivered, because the next drain reuses the buffer.
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
      // An error of one receiver must not prevent the delivery of the other records.
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
