/**
 * A Temporal worker for Bun, with the names, types and meaning of `@temporalio/worker`.
 *
 * @module
 */

export {
  type DataConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
export type { History } from '@temporalio/common/lib/proto-utils';
export type { LoggerSinks } from '@temporalio/workflow';
export { activityLogAttributes } from './activity/activity-info.ts';
export { ActivityInboundLogInterceptor } from './activity/log-interceptor.ts';
export * from './config/index.ts';
export * from './connection/index.ts';
export * from './native/index.ts';
export type { MetricsExporterConfig as MetricsExporter } from './runtime/index.ts';
export * from './runtime/index.ts';
export type { CompiledWorkerOptions } from './worker/compiled-options.ts';
export { createWorker } from './worker/create-worker.ts';
export { defaultSinks } from './worker/default-sinks.ts';
export type { WorkerDeploymentOptions } from './worker/deployment-options.ts';
export * from './worker/deprecated.ts';
export * from './worker/errors.ts';
export * from './worker/interceptors.ts';
export type * from './worker/poller-behavior.ts';
export { ReplayError, type ReplayHistoriesIterable, type ReplayResult } from './worker/replay-result.ts';
export type * from './worker/sinks.ts';
export type {
  PatchActivationCallback,
  PatchActivationInput,
  ReplayWorkerOptions,
  WorkerOptions,
} from './worker/worker-options.ts';
export type { WorkerPlugin } from './worker/worker-plugin.ts';
export { WorkerRuntime, WorkerRuntime as Worker } from './worker/worker-runtime.ts';
export type { State, WorkerPhase, WorkerStatus } from './worker/worker-state.ts';
export * from './worker/worker-tuner.ts';
export type {
  WorkflowBundle,
  WorkflowBundleOption,
  WorkflowBundlePath,
  WorkflowBundlePathWithSourceMap,
} from './worker/workflow-bundle-option.ts';
export { workflowLogAttributes } from './worker/workflow-log-attributes.ts';
export {
  type BundleOptions,
  type BundlerPlugin,
  bundleWorkflowCode,
  type WorkflowBundleWithSourceMap,
} from './workflow/bundling/bundler.ts';
