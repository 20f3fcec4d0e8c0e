import type { ProtoFailure } from '@temporalio/common';
import { RootCancellationScope } from '@temporalio/workflow/lib/cancellation-scope';
import { getActivator } from '@temporalio/workflow/lib/global-attributes';
import { Activator } from '@temporalio/workflow/lib/internals';
import type { Command } from './command-places.ts';
import { type RunStart, requireRun } from './current.ts';
import type { Place } from './place.ts';
import { mapErrorStacks } from './stack-frames.ts';
import { markingMap, Waits } from './waits.ts';

/** Changes how the activators of all runs make stack traces, and take what is thrown. */
export function adaptActivators(): void {
  const { errorToFailure, handleWorkflowFailure } = Activator.prototype;
  const completeWorkflow = Reflect.get(Activator.prototype, 'completeWorkflow') as (result: unknown) => void;
  Object.assign(Activator.prototype, {
    errorToFailure(this: Activator, error: unknown): ProtoFailure {
      mapErrorStacks(error);
      return errorToFailure.call(this, error);
    },
    // Upstream leaves an error to be found as an unhandled rejection.
    completeWorkflow(this: Activator, result: unknown): void {
      try {
        completeWorkflow.call(this, result);
      } catch (error) {
        this.recordWorkflowTaskError(error);
      }
    },
    // Upstream takes no error for one that is undefined: the workflow would wait for ever.
    handleWorkflowFailure(this: Activator, error: unknown): void {
      handleWorkflowFailure.call(this, error ?? new Error(`Workflow code has thrown ${error}, which is no error`));
    },
    // Upstream's own needs hooks into every promise, which the engine does not have.
    getStackTraces(this: Activator): Place[] {
      return requireRun().waits.stacks(this);
    },
  });
}

/** Changes the activators of all runs to note where their commands come from. */
export function noteCommandPlaces(): void {
  const { pushCommand } = Activator.prototype;
  Object.assign(Activator.prototype, {
    pushCommand(this: Activator, command: Command, complete?: boolean): void {
      requireRun().commandPlaces?.note(command, this.info.historyLength);
      pushCommand.call(this, command, complete);
    },
  });
}

/** The object that the activators of all runs share. Workflow code can reach it, since its activator is in a global. */
export const sharedByActivators: unknown[] = [Activator, RootCancellationScope, markingMap];

/** Gives the activator that the library sets up what it does not get from the library. */
export function completeActivator({ info, userCode }: RunStart): void {
  const activator = getActivator();
  activator.info = info;
  const { payloadConverter } = userCode.payloadConverter();
  const { failureConverter } = userCode.failureConverter();
  if (payloadConverter != null) activator.payloadConverter = payloadConverter;
  if (failureConverter != null) activator.failureConverter = failureConverter;
  Waits.watch(activator);
}
