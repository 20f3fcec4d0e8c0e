import { expect, setDefaultTimeout, test } from 'bun:test';
import { useDevServer } from '../support/dev-server.ts';
import { MeasuredWorker } from './measured-worker.ts';

setDefaultTimeout(60_000);
const server = useDevServer();

test.concurrent.each(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const)(
  '%s shuts workers down by default',
  async (signal) => {
    const worker = await MeasuredWorker.run(server.address, {});
    expect(await worker.signal(signal)).toBe(0);
  },
);

test.concurrent('other signals do if they are listed', async () => {
  const worker = await MeasuredWorker.run(server.address, {}, { shutdownSignals: ['SIGHUP'] });
  expect(await worker.signal('SIGHUP')).toBe(0);
});

test.concurrent('signals that are not listed do what they do without us', async () => {
  const worker = await MeasuredWorker.run(server.address, {}, { shutdownSignals: ['SIGHUP'] });
  expect(await worker.signal('SIGTERM')).toBe('SIGTERM');
});
