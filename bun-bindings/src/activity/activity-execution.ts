import type { Info } from '@temporalio/activity';
import {
  ActivityCancellationDetails,
  type ActivityFunction,
  type ActivitySerializationContext,
  ApplicationFailure,
  type PayloadTypeInfo,
} from '@temporalio/common';
import { decodeArrayFromPayloads, encodeToPayload } from '@temporalio/common/lib/internal-non-workflow/codec-helpers';
import { errorMessage } from '@temporalio/common/lib/type-helpers';
import type { coresdk } from '@temporalio/proto';
import type { ActivityExecuteInput } from '../interceptors.ts';
import { isActivityFunctionWithOptions } from '../older-common.ts';
import { ActivityCancellation, type CancelReason } from './activity-cancellation.ts';
import type { ActivityEnvironment } from './activity-environment.ts';
import {
  type ActivityStart,
  activityLogAttributes,
  decodeActivityInfo,
  serializationContextOf,
} from './activity-info.ts';
import { ActivityInvocation } from './activity-invocation.ts';
import { ActivityCancelReason, ActivityHeartbeat } from './activity-messages.ts';
import { findActivity } from './activity-registry.ts';
import { resultOfError, resultOfFailure } from './activity-result.ts';
import { fetchStored, storeCompletion, storeHeartbeat } from './external-storage.ts';
import { HeartbeatSender } from './heartbeat-sender.ts';
import type { RunningActivity } from './running-activity.ts';

type Result = coresdk.activity_result.IActivityExecutionResult;

/** An activity with its decoded arguments, ready to be called. */
interface Prepared {
  invocation: ActivityInvocation;
  fn: ActivityFunction;
  typeInfo: PayloadTypeInfo | undefined;
  input: ActivityExecuteInput;
}

/** One attempt of an activity, from its start task to its completion. */
export class ActivityExecution implements RunningActivity {
  readonly activityType: string;
  readonly isLocal: boolean;
  readonly heartbeats: HeartbeatSender;
  readonly #environment: ActivityEnvironment;
  readonly #task: coresdk.activity_task.ActivityTask;
  readonly #start: ActivityStart;
  readonly #serialization: ActivitySerializationContext;
  readonly #cancellation = new ActivityCancellation();
  #info: Info | undefined;

  /** Sends an encoded `coresdk.ActivityHeartbeat`. */
  readonly #recordHeartbeat: (heartbeat: Uint8Array) => void;

  constructor(
    environment: ActivityEnvironment,
    task: coresdk.activity_task.ActivityTask,
    recordHeartbeat: (heartbeat: Uint8Array) => void,
  ) {
    this.#recordHeartbeat = recordHeartbeat;

    this.#environment = environment;
    this.#task = task;
    this.#start = task.start as ActivityStart;
    this.#serialization = serializationContextOf(this.#start, environment.namespace);
    this.activityType = this.#start.activityType;
    this.isLocal = this.#start.isLocal;
    this.heartbeats = new HeartbeatSender(
      (details) => this.#sendHeartbeat(details),
      (error) => this.#onHeartbeatError(error),
    );
  }

  /**
   * Requests cancellation. The activity counts as cancelled only if it throws the CancelledFailure or an AbortError.
   */
  cancel({ reason, details }: coresdk.activity_task.ICancel): void {
    const name = ActivityCancelReason[reason ?? ActivityCancelReason.CANCELLED];
    this.#cancellation.request(name as CancelReason, ActivityCancellationDetails.fromProto(details));
  }

  /** Runs the activity. Always resolves with a completion. */
  async run(): Promise<coresdk.IActivityTaskCompletion> {
    const completion = { taskToken: this.#task.taskToken, result: await this.#result() };
    if (completion.result.failed) {
      await this.heartbeats.flush(); // the next attempt gets the details of the latest heartbeat
    } else {
      this.heartbeats.drop();
    }
    return this.#stored(completion);
  }

  async #result(): Promise<Result> {
    let prepared: Prepared;
    try {
      prepared = await this.#prepare();
    } catch (error) {
      this.#environment.logger.error(`Error while processing ActivityTask.start: ${errorMessage(error)}`, {
        ...this.#logAttributes(),
        error,
      });
      return resultOfFailure(error, this.#environment.dataConverter, this.#serialization);
    }
    // Codecs and converters may use the context, too.
    return prepared.invocation.enter(() => this.#call(prepared));
  }

  async #call({ invocation, fn, typeInfo, input }: Prepared): Promise<Result> {
    const { dataConverter } = this.#environment;
    try {
      const value = await invocation.run(fn, input);
      return {
        completed: { result: await encodeToPayload(dataConverter, value, this.#serialization, typeInfo?.outputType) },
      };
    } catch (error) {
      return resultOfError(error, this.#cancellation, dataConverter, this.#serialization);
    }
  }

  async #prepare(): Promise<Prepared> {
    const environment = this.#environment;
    await fetchStored(this.#task, environment.dataConverter);
    this.#info = await decodeActivityInfo(this.#start, this.#task.taskToken, environment, this.#serialization);
    const fn = findActivity(environment.activities, this.activityType);
    const typeInfo = isActivityFunctionWithOptions(fn) ? fn.activityDefinitionOptions.typeInfo : undefined;
    const args = await this.#decodeArguments(typeInfo);
    const invocation = new ActivityInvocation(environment, this.#info, this.#cancellation, (details) => {
      if (!this.isLocal) this.heartbeats.record(details); // the server does not track local activities
    });
    return { invocation, fn, typeInfo, input: { args, headers: this.#start.headerFields } };
  }

  async #decodeArguments(typeInfo: PayloadTypeInfo | undefined): Promise<unknown[]> {
    try {
      return await decodeArrayFromPayloads(
        this.#environment.dataConverter,
        this.#start.input,
        this.#serialization,
        typeInfo?.inputTypes,
      );
    } catch (error) {
      throw ApplicationFailure.fromError(error, {
        message: `Failed to parse activity args for activity ${this.activityType}: ${errorMessage(error)}`,
        nonRetryable: false,
      });
    }
  }

  async #sendHeartbeat(details: unknown): Promise<void> {
    const { dataConverter } = this.#environment;
    const payload = await encodeToPayload(dataConverter, details, this.#serialization);
    const heartbeat: coresdk.IActivityHeartbeat = { taskToken: this.#task.taskToken, details: [payload] };
    if (this.#info !== undefined) await storeHeartbeat(heartbeat, dataConverter, this.#info);
    this.#recordHeartbeat(ActivityHeartbeat.encode(heartbeat).finish());
  }

  #onHeartbeatError(error: unknown): void {
    this.#environment.logger.warn('Failed to encode heartbeat details, cancelling Activity', {
      error,
      ...this.#logAttributes(),
    });
    this.#cancellation.request('HEARTBEAT_DETAILS_CONVERSION_FAILED', new ActivityCancellationDetails());
  }

  /** Moves large payloads of the completion to external storage. Returns a failed completion if that fails. */
  async #stored(completion: { taskToken: Uint8Array; result: Result }): Promise<coresdk.IActivityTaskCompletion> {
    const { dataConverter, logger } = this.#environment;
    try {
      if (this.#info !== undefined) await storeCompletion(completion, dataConverter, this.#info);
      return completion;
    } catch (error) {
      logger.error(`Error while offloading ActivityTask result to external storage: ${errorMessage(error)}`, {
        ...this.#logAttributes(),
        error,
      });
      return { ...completion, result: await resultOfFailure(error, dataConverter, this.#serialization) };
    }
  }

  #logAttributes(): Record<string, unknown> {
    return this.#info
      ? activityLogAttributes(this.#info)
      : { activityId: this.#start.activityId, activityType: this.activityType };
  }
}
