import type { StorageDriverTargetInfo } from '@temporalio/common';
import type { coresdk } from '@temporalio/proto';

type Target = StorageDriverTargetInfo | undefined;

export interface StoringRun {
  namespace: string;
  runId: string;
  start: coresdk.workflow_activation.IInitializeWorkflow;
}

/** Tells storage drivers who will read a stored payload: the run itself, or the workflow that receives it. */
export class StorageTargets {
  /** The run itself. */
  readonly own: StorageDriverTargetInfo;
  readonly #namespace: string;
  /** The reader of the result, if it is not the run itself. */
  readonly #parent: Target;

  constructor({ namespace, runId, start }: StoringRun) {
    this.#namespace = namespace;
    this.own = {
      kind: 'workflow',
      namespace,
      id: start.workflowId ?? undefined,
      runId,
      type: start.workflowType ?? undefined,
    };
    const parent = start.parentWorkflowInfo;
    if (parent != null && !start.continuedFromExecutionRunId) {
      this.#parent = {
        kind: 'workflow',
        namespace: parent.namespace || namespace,
        id: parent.workflowId ?? undefined,
        runId: parent.runId ?? undefined,
      };
    }
  }

  /** Returns the target of the payloads in a message of a completion, given the target of the enclosing message. */
  of(message: object, typeName: string, outer: Target): Target {
    switch (typeName) {
      case 'coresdk.workflow_commands.StartChildWorkflowExecution': {
        const { namespace, workflowId, workflowType } =
          message as coresdk.workflow_commands.IStartChildWorkflowExecution;
        return {
          kind: 'workflow',
          namespace: namespace || this.#namespace,
          id: workflowId ?? undefined,
          type: workflowType ?? undefined,
        };
      }
      case 'coresdk.workflow_commands.SignalExternalWorkflowExecution': {
        const { workflowExecution, childWorkflowId } =
          message as coresdk.workflow_commands.ISignalExternalWorkflowExecution;
        return {
          kind: 'workflow',
          namespace: workflowExecution?.namespace || this.#namespace,
          id: workflowExecution?.workflowId ?? childWorkflowId ?? undefined,
        };
      }
      case 'coresdk.workflow_commands.ContinueAsNewWorkflowExecution': {
        const { workflowType } = message as coresdk.workflow_commands.IContinueAsNewWorkflowExecution;
        return { ...this.own, runId: undefined, type: workflowType || this.own.type };
      }
      case 'coresdk.workflow_commands.CompleteWorkflowExecution':
        return this.#parent ?? outer;
      default:
        return outer;
    }
  }
}
