import { afterAll, beforeAll } from 'bun:test';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import type { TestServer } from './test-server.ts';
import { type RunningWorker, withWorker } from './test-worker.ts';

/** A worker that runs while the tests of the calling `describe` do. */
export function useWorker(server: TestServer, options: Partial<WorkerOptions>): RunningWorker {
  const over = Promise.withResolvers<void>();
  let running: RunningWorker | undefined;
  let ended: Promise<void>;
  beforeAll(async () => {
    const started = Promise.withResolvers<void>();
    ended = withWorker(server, options, (worker) => {
      running = worker;
      started.resolve();
      return over.promise;
    });
    await Promise.race([started.promise, ended]);
  }, 60_000);
  afterAll(async () => {
    over.resolve();
    await ended;
  }, 60_000);
  const required = (): RunningWorker => {
    if (running === undefined) throw new Error('the worker runs only while the tests of its group do');
    return running;
  };
  return {
    get worker() {
      return required().worker;
    },
    get client() {
      return required().client;
    },
    get taskQueue() {
      return required().taskQueue;
    },
  };
}
