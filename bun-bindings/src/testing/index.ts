/**
 * What `@temporalio/testing` has, on Bun: servers for tests, and activities without a worker.
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
export {
  defaultActivityInfo,
  MockActivityEnvironment,
  type MockActivityEnvironmentOptions,
} from './mock-activity-environment.ts';
export {
  type ExistingServerConnectionOptions,
  type ExistingServerTestWorkflowEnvironmentOptions,
  type LocalTestWorkflowEnvironmentOptions,
  type NexusEndpointIdentifier,
  TestWorkflowEnvironment,
  type TimeSkippingTestWorkflowEnvironmentOptions,
} from './test-workflow-environment.ts';
export { type ClientOptionsForTestEnv, TimeSkippingWorkflowClient } from './time-skipping-client.ts';
export { type UseTestEnvironmentOptions, useTestEnvironment } from './use-test-environment.ts';

/** For `interceptors.workflowModules`: an assertion in a workflow that does not hold fails the workflow. */
export const workflowInterceptorModules: string[] = [
  fileURLToPath(new URL('./assert-to-failure-interceptor.ts', import.meta.url)),
];
