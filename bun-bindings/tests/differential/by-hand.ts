import type { WorkflowService } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '../../src/testing/index.ts';

export const { CommandType } = temporal.api.enums.v1;

type Command = temporal.api.command.v1.ICommand;
type WorkflowTask = temporal.api.workflowservice.v1.IPollWorkflowTaskQueueResponse;
type Execution = temporal.api.common.v1.IWorkflowExecution;

export const namespace = 'default';
export const seconds = (count: number) => ({ seconds: count as never });
export const payloads = (text: string) => ({ payloads: [{ data: Buffer.from(text) }] });

/** A client, a worker and a handler by hand: one call at a time, so that a scenario decides what happens when. */
export class Hand {
  readonly service: WorkflowService;
  readonly taskQueue = { name: `by-hand-${crypto.randomUUID()}` };
  readonly ids: string = crypto.randomUUID();

  constructor(readonly env: TestWorkflowEnvironment) {
    this.service = env.nativeConnection.workflowService;
  }

  /** The id of a workflow of this scenario. */
  id(name: string): string {
    return `${name}-${this.ids}`;
  }

  async start(
    name: string,
    more: temporal.api.workflowservice.v1.IStartWorkflowExecutionRequest = {},
  ): Promise<string> {
    const { runId } = await this.service.startWorkflowExecution({
      namespace,
      workflowId: this.id(name),
      workflowType: { name: 'by-hand' },
      taskQueue: this.taskQueue,
      requestId: crypto.randomUUID(),
      identity: 'client',
      ...more,
    });
    return runId;
  }

  async signal(name: string, signalName: string): Promise<void> {
    await this.service.signalWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: this.id(name) },
      signalName,
      identity: 'client',
      requestId: crypto.randomUUID(),
    });
  }

  poll(): Promise<WorkflowTask> {
    return this.service.pollWorkflowTaskQueue({ namespace, taskQueue: this.taskQueue, identity: 'worker' });
  }

  /** Answers a workflow task. Returns the error's message if the server refuses that. */
  async answer(task: WorkflowTask, commands: Command[] = []): Promise<string | undefined> {
    try {
      await this.service.respondWorkflowTaskCompleted({
        namespace,
        taskToken: task.taskToken,
        commands,
        identity: 'worker',
      });
      return undefined;
    } catch (error) {
      return (error as { details: string }).details;
    }
  }

  async step(commands: Command[] = []): Promise<WorkflowTask> {
    const task = await this.poll();
    const refusal = await this.answer(task, commands);
    if (refusal) throw new Error(refusal);
    return task;
  }

  pollActivity() {
    return this.service.pollActivityTaskQueue({ namespace, taskQueue: this.taskQueue, identity: 'worker' });
  }

  pollNexus() {
    return this.service.pollNexusTaskQueue({ namespace, taskQueue: this.taskQueue, identity: 'handler' });
  }

  async respondNexus(taskToken: Uint8Array, response: temporal.api.nexus.v1.IResponse): Promise<void> {
    await this.service.respondNexusTaskCompleted({ namespace, taskToken, response, identity: 'handler' });
  }

  async history(name: string, runId?: string): Promise<temporal.api.history.v1.IHistory> {
    const execution: Execution = { workflowId: this.id(name), runId };
    const { history } = await this.service.getWorkflowExecutionHistory({ namespace, execution });
    return history ?? {};
  }

  async describe(name: string) {
    return this.service.describeWorkflowExecution({ namespace, execution: { workflowId: this.id(name) } });
  }
}

/** The code and the message of a call that fails. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    const { code, details } = error as { code: number; details: string };
    return { code, details };
  }
}

export const activity = (activityId: string, taskQueue: { name: string }, more = {}): Command => ({
  commandType: CommandType.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK,
  scheduleActivityTaskCommandAttributes: {
    activityId,
    activityType: { name: 'act' },
    taskQueue,
    startToCloseTimeout: seconds(60),
    ...more,
  },
});

export const timer = (timerId: string, length: number): Command => ({
  commandType: CommandType.COMMAND_TYPE_START_TIMER,
  startTimerCommandAttributes: { timerId, startToFireTimeout: seconds(length) },
});

/** Starts a child of the type that workflows by hand have. */
export const startChild = (workflowId: string, taskQueue: { name: string }, more = {}): Command => ({
  commandType: CommandType.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION,
  startChildWorkflowExecutionCommandAttributes: {
    workflowId,
    workflowType: { name: 'by-hand' },
    taskQueue,
    ...more,
  },
});

export const FAILURE: temporal.api.failure.v1.IFailure = { message: 'no', applicationFailureInfo: {} };

export const fail = (failure = FAILURE): Command => ({
  commandType: CommandType.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
  failWorkflowExecutionCommandAttributes: { failure },
});

export const complete = (): Command => ({
  commandType: CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
  completeWorkflowExecutionCommandAttributes: {},
});
