import { TestWorkflowEnvironment } from 'temporal-bun-sdk/testing';

/** A real Temporal server in a process of its own, which keeps everything in memory. */
export interface Server extends AsyncDisposable {
  /** `host:port`. */
  address: string;
}

const SETTINGS = [
  // Updates of a benchmark come by thousands.
  'history.maxTotalUpdates=100000',
  'history.maxInFlightUpdates=1000',
  // A task in another partition than the first polls would wait for seconds.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
];

/** Starts `temporal server start-dev`, with further settings such as `limit.historyCount.error=1000000`. Resolves when it answers. */
export async function startServer(more: readonly string[] = []): Promise<Server> {
  const settings = [...SETTINGS, ...more].flatMap((setting) => ['--dynamic-config-value', setting]);
  const environment = await TestWorkflowEnvironment.createLocal({
    // Without a log, and without telling its address on stdout.
    server: { extraArgs: ['--output', 'none', ...settings], log: { format: 'pretty', level: 'never' } },
  });
  return { address: environment.address, [Symbol.asyncDispose]: () => environment.teardown() };
}
