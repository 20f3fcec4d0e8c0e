import type { ExternalStorage, StorageDriverTargetInfo } from '@temporalio/common';
import * as library from '@temporalio/common/lib/internal-non-workflow';
import type { coresdk } from '@temporalio/proto';
import { mayHoldReferences } from '../../reference-search.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import { newStorageMetrics } from './storage-metrics.ts';
import { StorageTargets } from './storage-targets.ts';

// Versions before 1.21 lack some of these: to import them by their names would fail there.
const {
  extstoreInboundOptions,
  extstoreStoreOptions,
  visit,
  walkWorkflowActivation,
  walkWorkflowActivationCompletion,
} = library;

type Activation = coresdk.workflow_activation.IWorkflowActivation;
type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

export interface RunStorageOptions {
  externalStorage: ExternalStorage;
  namespace: string;
  runId: string;
  start: coresdk.workflow_activation.IInitializeWorkflow;
  /** Whether payloads are only fetched, and never stored. */
  readOnly: boolean;
  limit: ConcurrencyLimit;
}

/** Moves large payloads of one workflow run to external storage, and fetches them again. */
export class RunStorage {
  readonly #options: RunStorageOptions;
  readonly #targets: StorageTargets;
  /** The fetched payloads of the current activation. */
  #downloads: coresdk.common.IExternalStorageMetrics | undefined;
  /** Whether the current activation is a replay. The payloads of its commands were stored the first time. */
  #repeats = false;

  constructor(options: RunStorageOptions) {
    this.#options = options;
    this.#targets = new StorageTargets(options);
  }

  /** Replaces references in an activation by the stored payloads. Takes the activation decoded and encoded. */
  async fetch(activation: Activation, bytes: Uint8Array): Promise<void> {
    this.#downloads = undefined;
    // Queries are never replayed, although they are always marked so.
    this.#repeats = activation.isReplaying === true && !activation.jobs?.some((job) => job.queryWorkflow != null);
    if (!mayHoldReferences(bytes)) return;
    const { externalStorage, limit } = this.#options;
    const metrics = newStorageMetrics();
    await visit(activation, walkWorkflowActivation, {
      ...extstoreInboundOptions(externalStorage, { metrics }),
      limit,
    });
    this.#downloads = metrics?.toProto();
  }

  /** Replaces large payloads of a completion by references, and reports the storage metrics to core. */
  async store(completion: Completion): Promise<void> {
    completion.payloadDownloadMetrics = this.#downloads;
    // The failure of a task is not data of the workflow.
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
