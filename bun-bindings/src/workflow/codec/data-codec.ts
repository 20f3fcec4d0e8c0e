import type { WorkflowSerializationContext } from '@temporalio/common';
import { encodeErrorToFailure } from '@temporalio/common/lib/internal-non-workflow';
import { coresdk } from '@temporalio/proto';
import { mayHoldReferences } from '../../reference-search.ts';
import { serializeError } from '../../serialize-error.ts';
import { CodecError } from './codec-error.ts';
import { concurrencyLimit } from './concurrency-limit.ts';
import { PayloadCodecs } from './payload-codecs.ts';
import { refuseReferences } from './reference-refusal.ts';
import { RunStorage } from './run-storage.ts';
import type { WorkflowCodec, WorkflowCodecOptions } from './workflow-codec.ts';

const { WorkflowActivation } = coresdk.workflow_activation;
const { WorkflowActivationCompletion } = coresdk.workflow_completion;

/** Maximum of concurrent calls of codecs, and of storage drivers, for one workflow thread. */
const MAX_CONCURRENT_CALLS = 20;

/** The transformations of the payloads of one run. */
interface RunData {
  context: WorkflowSerializationContext;
  codecs: PayloadCodecs;
  /** Undefined if there is no external storage. */
  storage: RunStorage | undefined;
}

/**
 * Runs the payload codecs and the external storage of a data converter for the runs of one workflow thread. Outgoing
 * payloads are encoded, then stored. Incoming payloads are fetched, then decoded.
 */
export class DataCodec implements WorkflowCodec {
  readonly #options: WorkflowCodecOptions;
  readonly #runs = new Map<string, RunData>();
  readonly #codecLimit = concurrencyLimit(MAX_CONCURRENT_CALLS);
  readonly #storageLimit = concurrencyLimit(MAX_CONCURRENT_CALLS);

  constructor(options: WorkflowCodecOptions) {
    this.#options = options;
  }

  async decodePayloads(bytes: Uint8Array): Promise<Uint8Array> {
    const activation = WorkflowActivation.decode(bytes);
    const { runId, jobs } = activation;
    if (jobs.some((job) => job.removeFromCache != null)) {
      this.#runs.delete(runId);
      return bytes;
    }
    return this.#telling(runId, async () => {
      const { codecs, storage } = this.#runOf(activation);
      if (storage !== undefined) await storage.fetch(activation, bytes);
      else if (mayHoldReferences(bytes)) await refuseReferences(activation);
      await codecs.decode(activation);
      return WorkflowActivation.encode(activation).finish();
    });
  }

  async encodePayloads(bytes: Uint8Array): Promise<Uint8Array> {
    const completion = WorkflowActivationCompletion.decode(bytes);
    const run = this.#runs.get(completion.runId);
    // The completion of an eviction arrives after the run was removed. It has no payloads.
    if (run === undefined) return bytes;
    return this.#telling(completion.runId, async () => {
      await run.codecs.encode(completion);
      await run.storage?.store(completion);
      return WorkflowActivationCompletion.encode(completion).finish();
    });
  }

  /** Calls `transform`. Turns an error into a {@link CodecError} with the completion for the server. */
  async #telling<T>(runId: string, transform: () => Promise<T>): Promise<T> {
    try {
      return await transform();
    } catch (error) {
      throw await this.#toCodecError(runId, error);
    }
  }

  async #toCodecError(runId: string, error: unknown): Promise<unknown> {
    try {
      const failure = await encodeErrorToFailure(this.#options.dataConverter, error, this.#runs.get(runId)?.context);
      const completion = WorkflowActivationCompletion.encode({ runId, failed: { failure } }).finish();
      return new CodecError(error instanceof Error ? error : serializeError(error), completion);
    } catch {
      // The failure itself cannot be encoded, because the codec or the storage fails.
      return error;
    }
  }

  #runOf(activation: coresdk.workflow_activation.WorkflowActivation): RunData {
    const { runId, jobs } = activation;
    let run = this.#runs.get(runId);
    if (run === undefined) {
      const start = jobs.find((job) => job.initializeWorkflow != null)?.initializeWorkflow;
      if (start?.workflowId == null) {
        throw new Error('Received workflow activation for an untracked workflow with no init workflow job');
      }
      run = this.#newRun(runId, start.workflowId, start);
      this.#runs.set(runId, run);
    }
    return run;
  }

  #newRun(runId: string, workflowId: string, start: coresdk.workflow_activation.IInitializeWorkflow): RunData {
    const { dataConverter, namespace, isReplayWorker = false } = this.#options;
    const { payloadCodecs, externalStorage } = dataConverter;
    const context: WorkflowSerializationContext = { type: 'workflow', namespace, workflowId };
    return {
      context,
      codecs: new PayloadCodecs(payloadCodecs, context, this.#codecLimit),
      storage:
        externalStorage &&
        new RunStorage({
          externalStorage,
          namespace,
          runId,
          start,
          readOnly: isReplayWorker,
          limit: this.#storageLimit,
        }),
    };
  }
}
