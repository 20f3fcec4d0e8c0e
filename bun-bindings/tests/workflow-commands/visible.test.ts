import { describe, setDefaultTimeout } from 'bun:test';
import * as activities from '../fixtures/commands/activities.ts';
import { amount, colour, sold, soldAt, tags, text, weight } from '../fixtures/commands/search-attributes.ts';
import { useDevServer } from '../support/dev-server.ts';
import { useWorker } from '../support/use-worker.ts';
import { informationTests } from './information.ts';
import { memoTests } from './memos.ts';
import { metadataTests } from './metadata.ts';
import { priorityTests } from './priorities.ts';
import { searchAttributeTests } from './search-attributes.ts';

setDefaultTimeout(30_000);
const server = useDevServer({ searchAttributes: [text, colour, amount, weight, sold, soldAt, tags] });

/** A workflow as it knows itself and as others see it: with runs that stay in the cache, and with runs that do not. */
describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
])('%s', (_name, options) => {
  const workflowsPath = `${import.meta.dir}/../fixtures/commands/index.ts`;
  const worker = useWorker(server, { workflowsPath, activities, ...options });

  describe('information', () => informationTests(worker));
  describe('search attributes', () => searchAttributeTests(worker));
  describe('a memo', () => memoTests(worker));
  describe('priority', () => priorityTests(worker));
  describe('metadata', () => metadataTests(worker));
});
