import type {
  ActivitySerializationContext,
  SerializationContext,
  WorkflowSerializationContext,
} from '@temporalio/common';
import type { coresdk } from '@temporalio/proto';

type Command = coresdk.workflow_commands.IWorkflowCommand;

/** Contexts of open commands by sequence number. The payloads of a command's result get the same context. */
class OpenContexts<T> {
  readonly #contexts = new Map<number, T>();

  add(seq: number | null | undefined, context: T | undefined): void {
    if (seq != null && context !== undefined) this.#contexts.set(seq, context);
  }

  take(seq: number | null | undefined): T | undefined {
    if (seq == null) return undefined;
    const context = this.#contexts.get(seq);
    this.#contexts.delete(seq);
    return context;
  }
}

/** Finds the serialization context of each payload of a workflow run. Tracks the contexts of open commands. */
export class SerializationContexts {
  readonly #workflow: WorkflowSerializationContext;
  readonly #activities = new OpenContexts<ActivitySerializationContext>();
  readonly #childStarts = new OpenContexts<WorkflowSerializationContext>();
  readonly #childResults = new OpenContexts<WorkflowSerializationContext>();
  readonly #signals = new OpenContexts<WorkflowSerializationContext>();
  readonly #cancellations = new OpenContexts<WorkflowSerializationContext>();

  constructor(workflow: WorkflowSerializationContext) {
    this.#workflow = workflow;
  }

  /** Returns the context of the payloads in a message of an activation. */
  ofJob(message: { seq?: number | null }, typeName: string, context: SerializationContext | undefined) {
    const { seq } = message;
    switch (typeName) {
      case 'coresdk.workflow_activation.ResolveActivity':
        return this.#activities.take(seq);
      case 'coresdk.workflow_activation.ResolveChildWorkflowExecutionStart':
        return this.#childStarts.take(seq);
      case 'coresdk.workflow_activation.ResolveChildWorkflowExecution':
        return this.#childResults.take(seq);
      case 'coresdk.workflow_activation.ResolveSignalExternalWorkflow':
        return this.#signals.take(seq);
      case 'coresdk.workflow_activation.ResolveRequestCancelExternalWorkflow':
        return this.#cancellations.take(seq);
      default:
        return context;
    }
  }

  /** Returns the context of the payloads in a message of a completion. */
  ofCommand(message: object, typeName: string, context: SerializationContext): SerializationContext {
    switch (typeName) {
      case 'coresdk.workflow_commands.WorkflowCommand':
        return this.#open(message as Command);
      case 'coresdk.workflow_commands.ScheduleActivity':
        return this.#activityContext(message as coresdk.workflow_commands.IScheduleActivity, false);
      case 'coresdk.workflow_commands.ScheduleLocalActivity':
        return this.#activityContext(message as coresdk.workflow_commands.IScheduleLocalActivity, true);
      case 'coresdk.workflow_commands.StartChildWorkflowExecution':
        return this.#childContext(message as coresdk.workflow_commands.IStartChildWorkflowExecution) ?? context;
      case 'coresdk.workflow_commands.SignalExternalWorkflowExecution':
        return this.#targetContext(message as coresdk.workflow_commands.ISignalExternalWorkflowExecution) ?? context;
      default:
        return context;
    }
  }

  /** Stores the context of an open command. Returns the context of the command's own payloads: its user metadata. */
  #open(command: Command): SerializationContext {
    const { scheduleActivity, scheduleLocalActivity, startChildWorkflowExecution: child } = command;
    const { signalExternalWorkflowExecution: signal, requestCancelExternalWorkflowExecution: cancellation } = command;
    if (signal != null) this.#signals.add(signal.seq, this.#targetContext(signal));
    if (cancellation != null) this.#cancellations.add(cancellation.seq, this.#targetContext(cancellation));
    if (child != null) {
      const context = this.#childContext(child);
      this.#childStarts.add(child.seq, context);
      this.#childResults.add(child.seq, context);
      return context ?? this.#workflow;
    }
    const activity = scheduleActivity ?? scheduleLocalActivity;
    if (activity == null) return this.#workflow;
    const context = this.#activityContext(activity, scheduleLocalActivity != null);
    this.#activities.add(activity.seq, context);
    return context;
  }

  #activityContext({ activityId }: { activityId?: string | null }, isLocal: boolean): ActivitySerializationContext {
    const { namespace, workflowId } = this.#workflow;
    return { type: 'activity', namespace, workflowId, activityId: activityId || undefined, isLocal };
  }

  #childContext({
    workflowId,
    namespace,
  }: coresdk.workflow_commands.IStartChildWorkflowExecution): WorkflowSerializationContext | undefined {
    if (workflowId == null) return undefined;
    return { type: 'workflow', namespace: namespace || this.#workflow.namespace, workflowId };
  }

  /** Returns the context of a workflow that is signalled or cancelled: any execution, or a child of this workflow. */
  #targetContext(command: {
    workflowExecution?: coresdk.common.INamespacedWorkflowExecution | null;
    childWorkflowId?: string | null;
  }): WorkflowSerializationContext | undefined {
    const workflowId = command.workflowExecution?.workflowId ?? command.childWorkflowId;
    if (workflowId == null) return undefined;
    return {
      type: 'workflow',
      namespace: command.workflowExecution?.namespace || this.#workflow.namespace,
      workflowId,
    };
  }
}
