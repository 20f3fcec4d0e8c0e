/**
 * A Temporal worker for Bun with the API of `@temporalio/worker`: the same names, types and behaviour.
 *
 * @module
 */

import './native/bun-version.ts';

export {
  type DataConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
export type { History } from '@temporalio/common/lib/proto-utils';
export type { LoggerSinks } from '@temporalio/workflow';
export { activityLogAttributes } from './activity/activity-info.ts';
export { ActivityInboundLogInterceptor } from './activity/log-interceptor.ts';
export type { ActivityThreadsOptions } from './activity/threads/activity-threads-options.ts';
export * from './config/index.ts';
export * from './connection/index.ts';
export * from './errors.ts';
export * from './interceptors.ts';
export * from './native/index.ts';
export type { MetricsExporterConfig as MetricsExporter } from './runtime/index.ts';
export * from './runtime/index.ts';
export { createWorker } from './worker/create-worker.ts';
export * from './worker/deprecated.ts';
export type { State, WorkerPhase, WorkerStatus } from './worker/lifecycle/state.ts';
export type { CompiledWorkerOptions } from './worker/options/compiled-options.ts';
export type { WorkerDeploymentOptions } from './worker/options/deployment-options.ts';
export type { HealthServerOptions } from './worker/options/health-server-options.ts';
export type * from './worker/options/poller-behavior.ts';
export type { ReplayWorkerOptions, WorkerOptions } from './worker/options/worker-options.ts';
export type { WorkerPlugin } from './worker/plugin.ts';
export { startDebugReplayer } from './worker/replay/debug-replayer.ts';
export { ReplayError, type ReplayHistoriesIterable, type ReplayResult } from './worker/replay/replay-result.ts';
export { defaultSinks } from './worker/sinks/default-sinks.ts';
export { workflowLogAttributes } from './worker/sinks/log-attributes.ts';
export type * from './worker/sinks/sinks.ts';
export * from './worker/tuner/worker-tuner.ts';
export { WorkerRuntime, WorkerRuntime as Worker } from './worker/worker.ts';
export type {
  WorkflowBundle,
  WorkflowBundleOption,
  WorkflowBundlePath,
  WorkflowBundlePathWithSourceMap,
} from './workflow/bundling/bundle-option.ts';
export {
  type BundleOptions,
  type BundlerPlugin,
  bundleWorkflowCode,
  type WorkflowBundleWithSourceMap,
} from './workflow/bundling/bundler.ts';
export type { PatchActivationCallback, PatchActivationInput } from './workflow/threads/patch-activation.ts';
