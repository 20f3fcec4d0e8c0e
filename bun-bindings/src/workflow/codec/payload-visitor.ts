/** Visits the payloads of activations and completions, also where `@temporalio/common` has no visitor: before 1.21. */
import type { Payload } from '@temporalio/common';
import * as common from '@temporalio/common/lib/internal-non-workflow';
import type { coresdk } from '@temporalio/proto';
import type { ConcurrencyLimit } from './concurrency-limit.ts';

type Activation = coresdk.workflow_activation.IWorkflowActivation;
type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

/** Transforms the payloads of a message, except for its headers and search attributes. */
export interface PayloadTransforms<Context> {
  transformPayload(payload: Payload, context: Context): Promise<Payload>;
  transformPayloads(payloads: Payload[], context: Context): Promise<Payload[]>;
  /** The context of the payloads in a message, made of that of the message around it. */
  deriveContext(message: object, typeName: string, context: Context): Context;
  initialContext: Context;
  limit: ConcurrencyLimit;
}

/** Replaces the payloads of a decoded activation. */
export async function visitActivation<C>(activation: Activation, transforms: PayloadTransforms<C>): Promise<void> {
  const { visit, walkWorkflowActivation } = common;
  if (visit === undefined) return visitDecoded(activation, transforms);
  await visit<Activation, C>(activation, walkWorkflowActivation, withoutHeaders(transforms));
}

/** Replaces the payloads of a decoded completion. */
export async function visitCompletion<C>(completion: Completion, transforms: PayloadTransforms<C>): Promise<void> {
  const { visit, walkWorkflowActivationCompletion } = common;
  if (visit === undefined) return visitDecoded(completion, transforms);
  await visit<Completion, C>(completion, walkWorkflowActivationCompletion, withoutHeaders(transforms));
}

function withoutHeaders<C>(transforms: PayloadTransforms<C>) {
  return { ...transforms, skipHeaders: true, skipSearchAttributes: true };
}

const LEFT_OUT = new Set(['headers', 'headerFields', 'searchAttributes']);

/** Replaces the payloads of a decoded message, found by what its fields hold. Waits for all, and throws the first error. */
export async function visitDecoded<C>(root: object, transforms: PayloadTransforms<C>): Promise<void> {
  const { transformPayload, transformPayloads, deriveContext, initialContext, limit } = transforms;
  const pending: Promise<void>[] = [];

  const visitFields = (holder: Record<string, unknown>, context: C): void => {
    for (const [key, value] of Object.entries(holder)) {
      if (LEFT_OUT.has(key)) continue;
      if (isPayload(value)) {
        replace(holder, key, () => transformPayload(value, context));
      } else if (Array.isArray(value)) {
        if (value.length > 0 && isPayload(value[0])) replace(holder, key, () => transformPayloads(value, context));
        else for (const item of value) visitMessage(item, context);
      } else if (isPlainObject(value)) {
        visitFields(value, context);
      } else {
        visitMessage(value, context);
      }
    }
  };
  const visitMessage = (value: unknown, outer: C): void => {
    if (isMessage(value)) visitFields(value, deriveContext(value, nameOf(value), outer));
  };
  const replace = (holder: Record<string, unknown>, key: string, transform: () => Promise<unknown>): void => {
    pending.push(
      limit(transform).then((transformed) => {
        holder[key] = transformed;
      }),
    );
  };

  visitMessage(root, initialContext);
  for (const result of await Promise.allSettled(pending)) if (result.status === 'rejected') throw result.reason;
}

/** A decoded message. */
interface Message extends Record<string, unknown> {
  /** Its type, by reflection. */
  $type: { fullName: string };
}

/** Numbers of 64 bits, bytes and the objects of map fields are objects, too. */
const isMessage = (value: unknown): value is Message => typeof value === 'object' && value !== null && '$type' in value;

/** The name of a message's type, without the dot that it begins with. */
const nameOf = ({ $type }: Message): string => $type.fullName.slice(1);

const isPayload = (value: unknown): value is Payload =>
  isMessage(value) && nameOf(value) === 'temporal.api.common.v1.Payload';

/** Whether a value is the object of a map field. */
const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
