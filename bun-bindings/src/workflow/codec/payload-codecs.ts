import type { PayloadCodec, SerializationContext, WorkflowSerializationContext } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/internal-non-workflow';
import type { coresdk } from '@temporalio/proto';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import { visitActivation, visitCompletion } from './payload-visitor.ts';
import { SerializationContexts } from './serialization-contexts.ts';

type Activation = coresdk.workflow_activation.IWorkflowActivation;
type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

/** Runs payload codecs over the payloads of one workflow run, except for headers and search attributes. */
export class PayloadCodecs {
  readonly #codecs: PayloadCodec[];
  readonly #workflow: WorkflowSerializationContext;
  readonly #contexts: SerializationContexts;
  readonly #limit: ConcurrencyLimit;

  constructor(codecs: PayloadCodec[], workflow: WorkflowSerializationContext, concurrency: ConcurrencyLimit) {
    this.#codecs = codecs;
    this.#workflow = workflow;
    this.#contexts = new SerializationContexts(workflow);
    this.#limit = concurrency;
  }

  async decode(activation: Activation): Promise<void> {
    const codecs = this.#codecs;
    const contexts = this.#contexts;
    const workflow = this.#workflow;
    const limit = this.#limit;
    if (codecs.length === 0) return;
    await visitActivation<SerializationContext | undefined>(activation, {
      transformPayload: async (payload, context) => first(await decode(codecs, [payload], context)),
      transformPayloads: (payloads, context) => decode(codecs, payloads, context),
      initialContext: workflow,
      limit,
      deriveContext: (message, typeName, context) => contexts.ofJob(message, typeName, context),
    });
  }

  async encode(completion: Completion): Promise<void> {
    const codecs = this.#codecs;
    const contexts = this.#contexts;
    const workflow = this.#workflow;
    const limit = this.#limit;
    if (codecs.length === 0) return;
    await visitCompletion<SerializationContext>(completion, {
      transformPayload: async (payload, context) => first(await encode(codecs, [payload], context)),
      transformPayloads: (payloads, context) => encode(codecs, payloads, context),
      initialContext: workflow,
      limit,
      deriveContext: (message, typeName, context) => contexts.ofCommand(message, typeName, context),
    });
  }
}

function first<T>([payload]: T[]): T {
  if (payload === undefined) throw new TypeError('A payload codec must return as many payloads as it was given');
  return payload;
}
