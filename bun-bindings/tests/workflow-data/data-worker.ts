import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import type { TestServer } from '../support/test-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';
import { useWorker } from '../support/use-worker.ts';

/** A worker with a data converter, and a client that has the same one. */
export interface DataWorker extends RunningWorker {
  /** A client that sees what is on the wire. */
  readonly plain: Client;
}

/** Where a fixture of these tests is. */
export function fixture(name: string): string {
  return `${import.meta.dir}/../fixtures/data/${name}`;
}

/** Runs a worker with a data converter while the tests of the calling `describe` do. */
export function useDataWorker(
  server: TestServer,
  dataConverter: DataConverter,
  options: Partial<WorkerOptions>,
): DataWorker {
  const running = useWorker(server, { ...options, dataConverter });
  return {
    get worker() {
      return running.worker;
    },
    get client() {
      return new Client({ connection: running.client.connection, dataConverter });
    },
    get plain() {
      return running.client;
    },
    get taskQueue() {
      return running.taskQueue;
    },
  };
}

/** Runs a worker with a data converter while `fn` does. */
export function withDataWorker<R>(
  server: TestServer,
  dataConverter: DataConverter,
  options: Partial<WorkerOptions>,
  fn: (worker: DataWorker) => Promise<R>,
): Promise<R> {
  return withWorker(server, { ...options, dataConverter }, (running) =>
    fn({
      ...running,
      client: new Client({ connection: running.client.connection, dataConverter }),
      plain: running.client,
    }),
  );
}
