import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { coresdk, type temporal } from '@temporalio/proto';
import type { SinkCall } from '@temporalio/workflow';
import Long from 'long';
import { type BundleOptions, createWorkflowBundle } from '../../src/workflow/bundling/bundler.ts';
import { IsolateHost, type IsolateOptions } from '../../src/workflow/sandbox/host.ts';

const { WorkflowActivation } = coresdk.workflow_activation;
const { WorkflowActivationCompletion } = coresdk.workflow_completion;

export type Job = coresdk.workflow_activation.IWorkflowActivationJob;
export type Command = coresdk.workflow_commands.IWorkflowCommand;

export function payload(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}

export function payloadValue(encoded: temporal.api.common.v1.IPayload | null | undefined): unknown {
  if (encoded == null) throw new Error('There is no payload');
  return defaultPayloadConverter.fromPayload(encoded);
}

export interface Answer {
  runId: string;
  commands: Command[];
  flags: number[];
  /** Set if the task failed. */
  failure: temporal.api.failure.v1.IFailure | undefined;
  sinkCalls: SinkCall[];
  /** The result that a workflow completed with, or undefined if it did not. */
  result: unknown;
  /** The runs that have to be evicted, because their realm was given up. */
  stranded: string[] | undefined;
}

type ActivationOptions = Partial<Omit<coresdk.workflow_activation.IWorkflowActivation, 'jobs' | 'timestamp'>> & {
  timeMs?: number;
};

/** Plays the part of core for an isolate: sends activations, reads completions. */
export class IsolateDriver {
  readonly host: IsolateHost;

  private constructor(host: IsolateHost) {
    this.host = host;
  }

  /** @param bundle what to bundle, unless `options` have a bundle. */
  static async open(bundle: BundleOptions, options: Partial<IsolateOptions> = {}): Promise<IsolateDriver> {
    return new IsolateDriver(
      new IsolateHost({
        bundle: options.bundle ?? (await createWorkflowBundle(bundle)),
        namespace: 'test-namespace',
        taskQueue: 'test-queue',
        isolateExecutionTimeoutMs: 2_000,
        showStackTraceSources: false,
        reuseV8Context: true,
        registeredActivityNames: ['greet'],
        workflowFailureErrorTypes: {},
        ...options,
      }),
    );
  }

  async activate(runId: string, jobs: Job[], { timeMs = 1_000_000, ...rest }: ActivationOptions = {}): Promise<Answer> {
    const activation = WorkflowActivation.create({
      runId,
      timestamp: { seconds: Long.fromNumber(Math.floor(timeMs / 1000)), nanos: (timeMs % 1000) * 1e6 },
      historyLength: 3,
      ...rest,
      jobs: jobs.map((job) => coresdk.workflow_activation.WorkflowActivationJob.create(job)),
    });
    const { completion, sinkCalls, stranded } = await this.host.activate(
      WorkflowActivation.encode(activation).finish(),
    );
    const { runId: answeredRun, successful, failed } = WorkflowActivationCompletion.decode(completion);
    const commands = successful?.commands ?? [];
    const completed = commands.find((command) => command.completeWorkflowExecution)?.completeWorkflowExecution;
    return {
      runId: answeredRun,
      commands,
      flags: successful?.usedInternalFlags ?? [],
      failure: failed?.failure ?? undefined,
      sinkCalls: sinkCalls ?? [],
      result: completed?.result ? payloadValue(completed.result) : undefined,
      stranded,
    };
  }

  start(
    workflowType: string,
    args: unknown[] = [],
    options: ActivationOptions & {
      runId?: string;
      init?: coresdk.workflow_activation.IInitializeWorkflow;
      jobs?: Job[];
    } = {},
  ): Promise<Answer> {
    const { runId = crypto.randomUUID(), init, jobs = [], ...rest } = options;
    return this.activate(runId, [startJob(workflowType, args, runId, init), ...jobs], rest);
  }

  evict(runId: string): Promise<Answer> {
    return this.activate(runId, [{ removeFromCache: { reason: 1, message: 'test' } }]);
  }
}

export function startJob(
  workflowType: string,
  args: unknown[],
  runId: string,
  init: coresdk.workflow_activation.IInitializeWorkflow = {},
): Job {
  return {
    initializeWorkflow: {
      workflowType,
      workflowId: `workflow-of-${runId}`,
      arguments: args.map(payload),
      randomnessSeed: Long.fromNumber(4711, true),
      firstExecutionRunId: runId,
      attempt: 1,
      startTime: { seconds: Long.fromNumber(1000), nanos: 0 },
      workflowTaskTimeout: { seconds: Long.fromNumber(10), nanos: 0 },
      ...init,
    },
  };
}

export function activityDone(seq: number, value: unknown): Job {
  return { resolveActivity: { seq, result: { completed: { result: payload(value) } } } };
}

export function timerFired(seq: number): Job {
  return { fireTimer: { seq } };
}

export function signal(signalName: string, ...args: unknown[]): Job {
  return { signalWorkflow: { signalName, input: args.map(payload), identity: 'test' } };
}

export function query(queryType: string, ...args: unknown[]): Job {
  return { queryWorkflow: { queryId: 'query-1', queryType, arguments: args.map(payload) } };
}

export function update(name: string, id: string, ...args: unknown[]): Job {
  return { doUpdate: { id, name, protocolInstanceId: `instance-${id}`, input: args.map(payload), runValidator: true } };
}
