import {
  type LocalTestWorkflowEnvironmentOptions,
  TestWorkflowEnvironment,
  type TimeSkippingTestWorkflowEnvironmentOptions,
} from './test-workflow-environment.ts';

/** Options of {@link useTestEnvironment}. */
export type UseTestEnvironmentOptions =
  | (LocalTestWorkflowEnvironmentOptions & { timeSkipping?: false; startTimeoutMs?: number })
  | (TimeSkippingTestWorkflowEnvironmentOptions & { timeSkipping: true; startTimeoutMs?: number });

/** A server that has to be downloaded first may take this long to start. */
const START_TIMEOUT_MS = 120_000;

/**
 * Gives the tests of a file, or of a `describe` block, a {@link TestWorkflowEnvironment}: it starts before the first of them
 * and is taken down after the last. To be called where tests are defined, in `bun test`.
 *
 * What it returns stands for the environment, and can be used once a test or a `beforeAll` hook runs.
 *
 * @param options `timeSkipping: true` for the server that skips time; `startTimeoutMs`, how long the start may take.
 *
 * @example
 * ```ts
 * const env = useTestEnvironment();
 *
 * test('greets', async () => {
 *   const worker = await Worker.create({ connection: env.nativeConnection, taskQueue: 'test', workflowsPath, activities });
 *   const greeting = await worker.runUntil(() => env.client.workflow.execute(hello, { taskQueue: 'test', workflowId: 'a' }));
 *   expect(greeting).toBe('Hello!');
 * });
 * ```
 */
export function useTestEnvironment(options: UseTestEnvironmentOptions = {}): TestWorkflowEnvironment {
  // Only there in the test runner.
  const { afterAll, beforeAll } = require('bun:test') as typeof import('bun:test');
  const { startTimeoutMs = START_TIMEOUT_MS } = options;
  let environment: TestWorkflowEnvironment | undefined;
  beforeAll(async () => {
    environment = options.timeSkipping
      ? await TestWorkflowEnvironment.createTimeSkipping(options)
      : await TestWorkflowEnvironment.createLocal(options);
  }, startTimeoutMs);
  afterAll(() => environment?.teardown());
  return new Proxy(Object.create(TestWorkflowEnvironment.prototype), {
    get(_, key) {
      if (environment === undefined) throw new Error('The test environment runs only while the tests do');
      const value: unknown = Reflect.get(environment, key, environment);
      return typeof value === 'function' ? value.bind(environment) : value;
    },
  });
}
