import { describe, setDefaultTimeout } from 'bun:test';
import type { InjectedSinks } from '../../src/worker/sinks/sinks.ts';
import * as activities from '../fixtures/commands/activities.ts';
import type { ObserverSinks } from '../fixtures/commands/continuing.ts';
import { colour } from '../fixtures/commands/search-attributes.ts';
import { useDevServer } from '../support/dev-server.ts';
import { useWorker } from '../support/use-worker.ts';
import { activityTests } from './activities.ts';
import { childTests } from './children.ts';
import { continueAsNewTests } from './continue-as-new.ts';
import { externalWorkflowTests } from './external-workflows.ts';
import { scopeTests } from './scopes.ts';
import { waitTests } from './waits.ts';

setDefaultTimeout(30_000);
const server = useDevServer({
  searchAttributes: [colour],
  extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=30'],
});

const sinks: InjectedSinks<ObserverSinks> = { observer: { suggested: { fn() {} } } };

/** Each command with runs that stay in the cache, and with runs that are replayed for every task. */
describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
])('%s', (_name, options) => {
  const workflowsPath = `${import.meta.dir}/../fixtures/commands/index.ts`;
  const worker = useWorker(server, { workflowsPath, activities, sinks, ...options });

  describe('activities', () => activityTests(worker));
  describe('waiting', () => waitTests(worker));
  describe('cancellation', () => scopeTests(worker));
  describe('child workflows', () => childTests(worker));
  describe('external workflows', () => externalWorkflowTests(worker));
  describe('continue-as-new', () => continueAsNewTests(worker));
});
