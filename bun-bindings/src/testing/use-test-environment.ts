import { expectBundle } from '../workflow/bundling/expected-bundle.ts';
import { endEarly, startEarly } from '../workflow/threads/early-thread.ts';
import {
  type EmbeddedTestWorkflowEnvironmentOptions,
  type LocalTestWorkflowEnvironmentOptions,
  TestWorkflowEnvironment,
  type TimeSkippingTestWorkflowEnvironmentOptions,
} from './test-workflow-environment.ts';

/** Options of {@link useTestEnvironment}. */
export type UseTestEnvironmentOptions =
  | (LocalTestWorkflowEnvironmentOptions & { timeSkipping?: false; embedded?: false; startTimeoutMs?: number })
  | (TimeSkippingTestWorkflowEnvironmentOptions & { timeSkipping: true; embedded?: false; startTimeoutMs?: number })
  | (EmbeddedTestWorkflowEnvironmentOptions & { timeSkipping?: false; embedded: true; startTimeoutMs?: number });

/** Default time limit of the start, which may include a download. */
const START_TIMEOUT_MS = 120_000;

/**
 * Creates a {@link TestWorkflowEnvironment} for the tests of a file or of a `describe` block in `bun test`. It starts
 * before the first test and is torn down after the last. Call it where tests are defined.
 *
 * Returns a proxy of the environment, which can be used in tests and in `beforeAll` hooks.
 *
 * @param options `timeSkipping: true` selects the server that skips time; `embedded: true` the one inside of this
 * process; `startTimeoutMs` limits the time of the start.
 *
 * @example
 * ```ts
 * const env = useTestEnvironment();
 *
 * test('greets', async () => {   const worker = await Worker.create({ connection: env.nativeConnection, taskQueue:
 * 'test', workflowsPath, activities });   const greeting = await worker.runUntil(() =>
 * env.client.workflow.execute(hello, { taskQueue: 'test', workflowId: 'a' }));   expect(greeting).toBe('Hello!'); });
 * ```
 */
export function useTestEnvironment(options: UseTestEnvironmentOptions = {}): TestWorkflowEnvironment {
  // `bun:test` exists in the test runner only.
  const { afterAll, beforeAll } = require('bun:test') as typeof import('bun:test');
  const { startTimeoutMs = START_TIMEOUT_MS } = options;
  let environment: TestWorkflowEnvironment | undefined;
  // It starts while the environment does, and the client's library is loaded.
  startEarly(expectBundle(Bun.main));
  beforeAll(async () => {
    environment = await create(options);
  }, startTimeoutMs);
  afterAll(async () => {
    void endEarly();
    await environment?.teardown();
  });
  return new Proxy(Object.create(TestWorkflowEnvironment.prototype), {
    get(_, key) {
      if (environment === undefined) throw new Error('The test environment runs only while the tests do');
      const value: unknown = Reflect.get(environment, key, environment);
      return typeof value === 'function' ? value.bind(environment) : value;
    },
  });
}

function create(options: UseTestEnvironmentOptions): Promise<TestWorkflowEnvironment> {
  if (options.embedded) return TestWorkflowEnvironment.createEmbedded(options);
  return options.timeSkipping
    ? TestWorkflowEnvironment.createTimeSkipping(options)
    : TestWorkflowEnvironment.createLocal(options);
}
