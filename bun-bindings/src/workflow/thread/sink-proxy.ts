import type { ClonableSinkCall } from '../sink-calls.ts';
import type { FromThread } from './messages.ts';

/** The sinks as a workflow thread sees them: they are called on the main thread. */
export class SinkProxy {
  private readonly waiting = new Map<number, () => void>();
  private nextId = 1;

  constructor(private readonly tell: (message: FromThread) => void) {}

  /** Resolves when the sinks were called. Throws, right away, what cannot be cloned. */
  call(calls: ClonableSinkCall[]): Promise<void> {
    const id = this.nextId++;
    this.tell({ type: 'sinkCalls', id, calls });
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  /** The calls with this id were made. */
  settle(id: number): void {
    this.waiting.get(id)?.();
    this.waiting.delete(id);
  }
}
