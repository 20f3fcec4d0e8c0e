import { type Mock, spyOn } from 'bun:test';
import { coresdk } from '@temporalio/proto';
import type { NativeWorker } from '../../src/native/worker.ts';
import { WorkflowThreadPool } from '../../src/workflow/threads/thread-pool.ts';

const { EvictionReason } = coresdk.workflow_activation.RemoveFromCache;
type Reason = keyof typeof EvictionReason;

/** Watches the cache of the next worker that is created, and can evict from it. */
export class CacheObserver implements Disposable {
  readonly #counts = new Map<Reason, number>();
  readonly #ended = new Map<string, PromiseWithResolvers<void>>();
  readonly #creation: Mock<typeof WorkflowThreadPool.start>;
  #worker: NativeWorker | undefined;

  constructor() {
    const start = WorkflowThreadPool.start.bind(WorkflowThreadPool);
    this.#creation = spyOn(WorkflowThreadPool, 'start').mockImplementation((options) => {
      const manager = start({ ...options, onEviction: ({ runId, reason }) => this.#note(runId, reason) });
      const run = manager.run.bind(manager);
      manager.run = (worker, onFatal) => {
        this.#worker = worker;
        run(worker, onFatal);
      };
      return manager;
    });
  }

  /** Asks for the run's eviction, whatever it is at. */
  evict(runId: string): void {
    if (this.#worker === undefined) throw new Error('No worker was created');
    this.#worker.requestWorkflowEviction(runId);
  }

  /** Number of runs that left the cache for this reason. */
  evictions(reason: Reason): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** Resolves when the run has left the cache since its workflow is complete. */
  untilEnded(runId: string): Promise<void> {
    return this.#endOf(runId).promise;
  }

  [Symbol.dispose](): void {
    this.#creation.mockRestore();
  }

  #note(runId: string, reason: number): void {
    const name = EvictionReason[reason] as Reason;
    this.#counts.set(name, this.evictions(name) + 1);
    if (name === 'WORKFLOW_EXECUTION_ENDING') this.#endOf(runId).resolve();
  }

  #endOf(runId: string): PromiseWithResolvers<void> {
    const end = this.#ended.get(runId) ?? Promise.withResolvers<void>();
    this.#ended.set(runId, end);
    return end;
  }
}
