import { describe, setDefaultTimeout } from 'bun:test';
import { Runtime } from '../../src/runtime/runtime.ts';
import { useDevServer } from '../support/dev-server.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { useWorker } from '../support/use-worker.ts';
import { defaultHandlerTests } from './default-handlers.ts';
import { queryTests } from './queries.ts';
import { signalTests } from './signals.ts';
import { updateTests } from './updates.ts';

setDefaultTimeout(30_000);
const logger = new RecordingLogger();
Runtime.install({ logger });
const server = useDevServer();

/** With runs that stay in the cache, and with runs that are replayed for every task. */
describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
])('%s', (_name, cache) => {
  const options = { workflowsPath: `${import.meta.dir}/../fixtures/handlers/messages.ts`, ...cache };
  const subject = { server, options, worker: useWorker(server, options) };

  describe('signals', () => signalTests(subject));
  describe('queries', () => queryTests(subject));
  describe('updates', () => updateTests(subject, logger));
  describe('default handlers', () => defaultHandlerTests(subject));
});
