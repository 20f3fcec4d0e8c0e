import type {
  ActivitySerializationContext,
  PayloadCodec,
  SerializationContext,
  WorkflowSerializationContext,
} from '@temporalio/common';
import { type ConcurrencyLimit, limit } from '@temporalio/common/lib/concurrency/limit';
import {
  decode,
  encode,
  visit,
  walkWorkflowActivation,
  walkWorkflowActivationCompletion,
} from '@temporalio/common/lib/internal-non-workflow';
import { coresdk } from '@temporalio/proto';

/** Transforms the payloads of what goes into workflows, and of what comes out. */
export interface WorkflowCodec {
  /** Takes and gives an encoded `WorkflowActivation`. */
  decodeActivation(activation: Uint8Array): Promise<Uint8Array>;
  /** Takes and gives an encoded `WorkflowActivationCompletion`. */
  encodeCompletion(completion: Uint8Array): Promise<Uint8Array>;
}

const { WorkflowActivation } = coresdk.workflow_activation;
const { WorkflowActivationCompletion } = coresdk.workflow_completion;
type Activation = coresdk.workflow_activation.IWorkflowActivation;
type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;
type Command = coresdk.workflow_commands.IWorkflowCommand;

/** Calls of codecs that one worker has under way at most. */
const MAX_CONCURRENT_CALLS = 20;

/** Runs the payload codecs of a data converter. It remembers of each run what its open commands were encoded for. */
export class PayloadCodecs implements WorkflowCodec {
  private readonly codecs: PayloadCodec[];
  private readonly namespace: string;
  private readonly runs = new Map<string, RunContexts>();
  private readonly limit = limit(MAX_CONCURRENT_CALLS);

  constructor(codecs: PayloadCodec[], namespace: string) {
    this.codecs = codecs;
    this.namespace = namespace;
  }

  async decodeActivation(bytes: Uint8Array): Promise<Uint8Array> {
    const activation = WorkflowActivation.decode(bytes);
    const { runId, jobs } = activation;
    if (jobs.some((job) => job.removeFromCache != null)) {
      this.runs.delete(runId);
      return bytes;
    }
    await this.contextsOf(activation).decode(activation, this.codecs, this.limit);
    return WorkflowActivation.encode(activation).finish();
  }

  async encodeCompletion(bytes: Uint8Array): Promise<Uint8Array> {
    const completion = WorkflowActivationCompletion.decode(bytes);
    // The answer to an eviction comes when the run is forgotten, and holds no payloads.
    const contexts = this.runs.get(completion.runId);
    if (contexts === undefined) return bytes;
    await contexts.encode(completion, this.codecs, this.limit);
    return WorkflowActivationCompletion.encode(completion).finish();
  }

  private contextsOf({ runId, jobs }: coresdk.workflow_activation.WorkflowActivation): RunContexts {
    let contexts = this.runs.get(runId);
    if (contexts === undefined) {
      const workflowId = jobs.find((job) => job.initializeWorkflow != null)?.initializeWorkflow?.workflowId;
      if (workflowId == null) {
        throw new Error('Received workflow activation for an untracked workflow with no init workflow job');
      }
      contexts = new RunContexts({ type: 'workflow', namespace: this.namespace, workflowId });
      this.runs.set(runId, contexts);
    }
    return contexts;
  }
}

/** Contexts of commands that wait for an answer, by sequence number: the answer's payloads get the same one. */
class OpenContexts<T> {
  private readonly contexts = new Map<number, T>();

  add(seq: number | null | undefined, context: T | undefined): void {
    if (seq != null && context !== undefined) this.contexts.set(seq, context);
  }

  take(seq: number | null | undefined): T | undefined {
    if (seq == null) return undefined;
    const context = this.contexts.get(seq);
    this.contexts.delete(seq);
    return context;
  }
}

/** Knows the serialization context of each payload of a workflow run. */
class RunContexts {
  private readonly workflow: WorkflowSerializationContext;
  private readonly activities = new OpenContexts<ActivitySerializationContext>();
  private readonly childStarts = new OpenContexts<WorkflowSerializationContext>();
  private readonly childResults = new OpenContexts<WorkflowSerializationContext>();
  private readonly signals = new OpenContexts<WorkflowSerializationContext>();
  private readonly cancellations = new OpenContexts<WorkflowSerializationContext>();

  constructor(workflow: WorkflowSerializationContext) {
    this.workflow = workflow;
  }

  decode(activation: Activation, codecs: PayloadCodec[], concurrency: ConcurrencyLimit): Promise<void> {
    return visit<Activation, SerializationContext | undefined>(activation, walkWorkflowActivation, {
      transformPayload: async (payload, context) => first(await decode(codecs, [payload], context)),
      transformPayloads: (payloads, context) => decode(codecs, payloads, context),
      initialContext: this.workflow,
      skipHeaders: true,
      skipSearchAttributes: true,
      limit: concurrency,
      deriveContext: (message, typeName, context) => this.contextOfJob(message, typeName, context),
    });
  }

  encode(completion: Completion, codecs: PayloadCodec[], concurrency: ConcurrencyLimit): Promise<void> {
    return visit<Completion, SerializationContext>(completion, walkWorkflowActivationCompletion, {
      transformPayload: async (payload, context) => first(await encode(codecs, [payload], context)),
      transformPayloads: (payloads, context) => encode(codecs, payloads, context),
      initialContext: this.workflow,
      skipHeaders: true,
      skipSearchAttributes: true,
      limit: concurrency,
      deriveContext: (message, typeName, context) => this.contextOfCommand(message, typeName, context),
    });
  }

  private contextOfJob(message: { seq?: number | null }, typeName: string, context: SerializationContext | undefined) {
    const { seq } = message;
    switch (typeName) {
      case 'coresdk.workflow_activation.ResolveActivity':
        return this.activities.take(seq);
      case 'coresdk.workflow_activation.ResolveChildWorkflowExecutionStart':
        return this.childStarts.take(seq);
      case 'coresdk.workflow_activation.ResolveChildWorkflowExecution':
        return this.childResults.take(seq);
      case 'coresdk.workflow_activation.ResolveSignalExternalWorkflow':
        return this.signals.take(seq);
      case 'coresdk.workflow_activation.ResolveRequestCancelExternalWorkflow':
        return this.cancellations.take(seq);
      default:
        return context;
    }
  }

  private contextOfCommand(message: object, typeName: string, context: SerializationContext): SerializationContext {
    switch (typeName) {
      case 'coresdk.workflow_commands.WorkflowCommand':
        return this.open(message as Command);
      case 'coresdk.workflow_commands.ScheduleActivity':
        return this.activityContext(message as coresdk.workflow_commands.IScheduleActivity, false);
      case 'coresdk.workflow_commands.ScheduleLocalActivity':
        return this.activityContext(message as coresdk.workflow_commands.IScheduleLocalActivity, true);
      case 'coresdk.workflow_commands.StartChildWorkflowExecution':
        return this.childContext(message as coresdk.workflow_commands.IStartChildWorkflowExecution) ?? context;
      case 'coresdk.workflow_commands.SignalExternalWorkflowExecution':
        return this.targetContext(message as coresdk.workflow_commands.ISignalExternalWorkflowExecution) ?? context;
      default:
        return context;
    }
  }

  /** Remembers a command that will be answered, and gives the context of the command's own payloads: its user metadata. */
  private open(command: Command): SerializationContext {
    const { scheduleActivity, scheduleLocalActivity, startChildWorkflowExecution: child } = command;
    const { signalExternalWorkflowExecution: signal, requestCancelExternalWorkflowExecution: cancellation } = command;
    if (signal != null) this.signals.add(signal.seq, this.targetContext(signal));
    if (cancellation != null) this.cancellations.add(cancellation.seq, this.targetContext(cancellation));
    if (child != null) {
      const context = this.childContext(child);
      this.childStarts.add(child.seq, context);
      this.childResults.add(child.seq, context);
      return context ?? this.workflow;
    }
    const activity = scheduleActivity ?? scheduleLocalActivity;
    if (activity == null) return this.workflow;
    const context = this.activityContext(activity, scheduleLocalActivity != null);
    this.activities.add(activity.seq, context);
    return context;
  }

  private activityContext(
    { activityId }: { activityId?: string | null },
    isLocal: boolean,
  ): ActivitySerializationContext {
    const { namespace, workflowId } = this.workflow;
    return { type: 'activity', namespace, workflowId, activityId: activityId || undefined, isLocal };
  }

  private childContext({
    workflowId,
    namespace,
  }: coresdk.workflow_commands.IStartChildWorkflowExecution): WorkflowSerializationContext | undefined {
    if (workflowId == null) return undefined;
    return { type: 'workflow', namespace: namespace || this.workflow.namespace, workflowId };
  }

  /** The context of a workflow that is signalled or cancelled: any execution, or a child of this one. */
  private targetContext(command: {
    workflowExecution?: coresdk.common.INamespacedWorkflowExecution | null;
    childWorkflowId?: string | null;
  }): WorkflowSerializationContext | undefined {
    const workflowId = command.workflowExecution?.workflowId ?? command.childWorkflowId;
    if (workflowId == null) return undefined;
    return { type: 'workflow', namespace: command.workflowExecution?.namespace || this.workflow.namespace, workflowId };
  }
}

function first<T>([payload]: T[]): T {
  if (payload === undefined) throw new TypeError('A payload codec must return as many payloads as it was given');
  return payload;
}
