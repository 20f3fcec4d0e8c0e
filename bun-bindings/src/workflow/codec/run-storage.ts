import type { ExternalStorage, StorageDriverTargetInfo } from '@temporalio/common';
import type { ConcurrencyLimit } from '@temporalio/common/lib/concurrency/limit';
import {
  extstoreInboundOptions,
  extstoreStoreOptions,
  visit,
  walkWorkflowActivation,
  walkWorkflowActivationCompletion,
} from '@temporalio/common/lib/internal-non-workflow';
import type { coresdk } from '@temporalio/proto';
import { mayHoldReferences } from '../../reference-search.ts';
import { newStorageMetrics } from './storage-metrics.ts';
import { StorageTargets } from './storage-targets.ts';

type Activation = coresdk.workflow_activation.IWorkflowActivation;
type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

export interface RunStorageOptions {
  externalStorage: ExternalStorage;
  namespace: string;
  runId: string;
  start: coresdk.workflow_activation.IInitializeWorkflow;
  /** Nothing is stored. */
  readOnly: boolean;
  limit: ConcurrencyLimit;
}

/** Moves large payloads of one workflow run to external storage, and fetches them from there. */
export class RunStorage {
  readonly #options: RunStorageOptions;
  readonly #targets: StorageTargets;
  /** What was fetched for the activation that is not completed yet. */
  #downloads: coresdk.common.IExternalStorageMetrics | undefined;
  /** Whether the activation is of the past: what its commands hold was stored when they were new. */
  #repeats = false;

  constructor(options: RunStorageOptions) {
    this.#options = options;
    this.#targets = new StorageTargets(options);
  }

  /** Replaces references in an activation, which is given in both forms, by what they refer to. */
  async fetch(activation: Activation, bytes: Uint8Array): Promise<void> {
    this.#downloads = undefined;
    // Queries are new, though they are always said to be replayed.
    this.#repeats = activation.isReplaying === true && !activation.jobs?.some((job) => job.queryWorkflow != null);
    if (!mayHoldReferences(bytes)) return;
    const { externalStorage, limit } = this.#options;
    const metrics = newStorageMetrics();
    await visit(activation, walkWorkflowActivation, { ...extstoreInboundOptions(externalStorage, { metrics }), limit });
    this.#downloads = metrics?.toProto();
  }

  /** Replaces large payloads of a completion by references, and notes for core how much storage had to do. */
  async store(completion: Completion): Promise<void> {
    completion.payloadDownloadMetrics = this.#downloads;
    // Why a task failed is no data of the workflow.
    if (this.#options.readOnly || this.#repeats || completion.failed != null) return;
    const { externalStorage, limit } = this.#options;
    const metrics = newStorageMetrics();
    await visit<Completion, StorageDriverTargetInfo | undefined>(
      completion,
      walkWorkflowActivationCompletion,
      extstoreStoreOptions(externalStorage, {
        initialTarget: this.#targets.own,
        deriveContext: (message, typeName, target) => this.#targets.of(message, typeName, target),
        limit,
        metrics,
      }),
    );
    completion.payloadUploadMetrics = metrics?.toProto();
  }
}
