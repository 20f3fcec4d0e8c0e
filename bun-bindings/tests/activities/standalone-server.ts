import { temporal } from '@temporalio/proto';
import { type ProxiedCall, type ProxyHandler, ServerProxy } from '../support/server-proxy.ts';

const messages = temporal.api.workflowservice.v1;
type Outcome = temporal.api.activity.v1.IActivityExecutionOutcome;
type Started = temporal.api.workflowservice.v1.IStartActivityExecutionRequest;

/** One activity that a client has started by itself. */
class Standalone {
  readonly runId = crypto.randomUUID();
  readonly outcome = Promise.withResolvers<Outcome>();
  readonly scheduledTime = toTimestamp(Date.now());
  cancelRequested = false;
  attempt = 1;
  heartbeatDetails: temporal.api.common.v1.IPayloads | null | undefined;

  constructor(readonly started: Started) {}

  /** The task that a worker is given. Its activity has no workflow, but a run of its own. */
  task(): temporal.api.workflowservice.v1.IPollActivityTaskQueueResponse {
    const { started, scheduledTime, attempt, heartbeatDetails, runId } = this;
    const { activityId, activityType, input, header, heartbeatTimeout, priority, retryPolicy } = started;
    const { startToCloseTimeout, scheduleToCloseTimeout } = started;
    return {
      taskToken: Buffer.from(`standalone ${runId}`),
      activityId,
      activityType,
      activityRunId: runId,
      input,
      header,
      heartbeatTimeout,
      heartbeatDetails,
      priority,
      retryPolicy,
      startToCloseTimeout,
      scheduleToCloseTimeout: scheduleToCloseTimeout ?? startToCloseTimeout,
      scheduledTime,
      currentAttemptScheduledTime: scheduledTime,
      startedTime: scheduledTime,
      attempt,
    };
  }
}

/**
 * A server with activities that clients start by themselves, which the dev server does not know. It tries them again at once
 * when they fail. All else is what the server behind it says.
 */
export class StandaloneServer {
  readonly #activities = new Map<string, Standalone>();
  readonly #waiting = new Map<string, Standalone[]>();
  readonly #polls = new Map<string, ((activity: Standalone) => void)[]>();

  /** The handlers that {@link ServerProxy.start} needs to be such a server. */
  get handlers(): Record<string, ProxyHandler> {
    return {
      StartActivityExecution: async ({ request }) => {
        const activity = new Standalone(messages.StartActivityExecutionRequest.decode(request));
        this.#activities.set(activity.runId, activity);
        this.#dispatch(activity);
        return bytes(messages.StartActivityExecutionResponse.encode({ runId: activity.runId, started: true }));
      },
      PollActivityTaskQueue: (call) => this.#poll(call),
      RespondActivityTaskCompleted: async (call) => {
        const { taskToken, result } = messages.RespondActivityTaskCompletedRequest.decode(call.request);
        return this.#end(call, taskToken, { result: result ?? {} });
      },
      RespondActivityTaskCanceled: async (call) => {
        const { taskToken } = messages.RespondActivityTaskCanceledRequest.decode(call.request);
        return this.#end(call, taskToken, { failure: { message: 'Activity canceled', canceledFailureInfo: {} } });
      },
      RespondActivityTaskFailed: (call) => {
        const { taskToken, failure } = messages.RespondActivityTaskFailedRequest.decode(call.request);
        const activity = this.#ofToken(taskToken);
        if (activity === undefined || failure?.applicationFailureInfo?.nonRetryable) {
          return this.#end(call, taskToken, { failure });
        }
        activity.attempt++;
        this.#dispatch(activity);
        return Promise.resolve(Buffer.alloc(0));
      },
      RecordActivityTaskHeartbeat: async ({ request, forward }) => {
        const { taskToken, details } = messages.RecordActivityTaskHeartbeatRequest.decode(request);
        const activity = this.#ofToken(taskToken);
        if (activity === undefined) return forward();
        activity.heartbeatDetails = details;
        const { cancelRequested } = activity;
        return bytes(messages.RecordActivityTaskHeartbeatResponse.encode({ cancelRequested }));
      },
      RequestCancelActivityExecution: async ({ request }) => {
        const { runId } = messages.RequestCancelActivityExecutionRequest.decode(request);
        this.#ofRun(runId).cancelRequested = true;
        return Buffer.alloc(0);
      },
      PollActivityExecution: async ({ request }) => {
        const { runId } = messages.PollActivityExecutionRequest.decode(request);
        const outcome = await this.#ofRun(runId).outcome.promise;
        return bytes(messages.PollActivityExecutionResponse.encode({ runId, outcome }));
      },
    };
  }

  static start(target: string): Promise<ServerProxy> {
    return ServerProxy.start(target, new StandaloneServer().handlers);
  }

  /** Gives an activity to whoever polls. A poll is for such activities alone: the tests have no others. */
  #dispatch(activity: Standalone): void {
    const queue = activity.started.taskQueue?.name ?? '';
    const poll = this.#polls.get(queue)?.shift();
    if (poll !== undefined) poll(activity);
    else this.#waiting.set(queue, [...(this.#waiting.get(queue) ?? []), activity]);
  }

  async #poll({ request, signal }: ProxiedCall): Promise<Buffer> {
    const queue = messages.PollActivityTaskQueueRequest.decode(request).taskQueue?.name ?? '';
    const waiting = this.#waiting.get(queue)?.shift();
    if (waiting !== undefined) return bytes(messages.PollActivityTaskQueueResponse.encode(waiting.task()));
    const { promise, resolve, reject } = Promise.withResolvers<Standalone>();
    const polls = this.#polls.get(queue) ?? [];
    this.#polls.set(queue, [...polls, resolve]);
    signal.addEventListener('abort', () => {
      this.#polls.set(queue, this.#polls.get(queue)?.filter((poll) => poll !== resolve) ?? []);
      reject(new Error('nobody polls any more'));
    });
    return bytes(messages.PollActivityTaskQueueResponse.encode((await promise).task()));
  }

  async #end({ forward }: ProxiedCall, taskToken: Uint8Array, outcome: Outcome): Promise<Buffer> {
    const activity = this.#ofToken(taskToken);
    if (activity === undefined) return forward();
    activity.outcome.resolve(outcome);
    return Buffer.alloc(0);
  }

  #ofToken(taskToken: Uint8Array): Standalone | undefined {
    return this.#activities.get(Buffer.from(taskToken).toString().replace('standalone ', ''));
  }

  #ofRun(runId: string): Standalone {
    const activity = this.#activities.get(runId);
    if (activity === undefined) throw new Error(`no activity has the run ${runId}`);
    return activity;
  }
}

function bytes(writer: { finish(): Uint8Array }): Buffer {
  return Buffer.from(writer.finish());
}

function toTimestamp(ms: number) {
  return temporal.api.history.v1.HistoryEvent.fromObject({
    eventTime: { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 },
  }).eventTime;
}
