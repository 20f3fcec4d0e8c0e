/**
 * The API of `@temporalio/testing` for Bun: test servers, and activities without a worker.
 *
 * @module
 */
import '../native/bun-version.ts';
import { fileURLToPath } from 'node:url';

export type {
  DevServerConfig,
  EphemeralServerExecutable,
  TimeSkippingServerConfig,
} from './ephemeral-server.ts';
export { ExplorationError } from './explore/exploration-error.ts';
export { explore } from './explore/explore.ts';
export type { ExploredRun, ExploreOptions, ExploreSummary } from './explore/options.ts';
export {
  defaultActivityInfo,
  MockActivityEnvironment,
  type MockActivityEnvironmentOptions,
} from './mock-activity-environment.ts';
export {
  type EmbeddedServerFaults,
  type EmbeddedServerStep,
  type EmbeddedServerTime,
  type EmbeddedTestWorkflowEnvironmentOptions,
  type ExistingServerConnectionOptions,
  type ExistingServerTestWorkflowEnvironmentOptions,
  type LocalTestWorkflowEnvironmentOptions,
  type NexusEndpointIdentifier,
  TestWorkflowEnvironment,
  type TimeSkippingTestWorkflowEnvironmentOptions,
} from './test-workflow-environment.ts';
export { type ClientOptionsForTestEnv, TimeSkippingWorkflowClient } from './time-skipping-client.ts';
export { type UseTestEnvironmentOptions, useTestEnvironment } from './use-test-environment.ts';

/** Interceptor modules for `interceptors.workflowModules`. With them a failed assertion fails the workflow. */
export const workflowInterceptorModules: string[] = [
  fileURLToPath(new URL('./assert-to-failure-interceptor.ts', import.meta.url)),
];
