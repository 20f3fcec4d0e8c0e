import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '../test-workflow-environment.ts';
import type { RecordedHistory } from './outcome.ts';

type Events = temporal.api.history.v1.IHistoryEvent[] | null | undefined;

/** Watches the workflows that a client starts, for workflow tasks that fail: those are tried again for ever. */
export class TaskFailures {
  readonly #end = new AbortController();
  readonly #first = Promise.withResolvers<never>();

  constructor() {
    this.first.catch(() => undefined); // one that comes too late is in the history as well
  }

  /** Rejects with the first failure. */
  get first(): Promise<never> {
    return this.#first.promise;
  }

  /** Watches no longer. */
  stop(): void {
    this.#end.abort();
  }

  /** Interceptors of the client whose workflows are watched. */
  interceptor(env: () => TestWorkflowEnvironment): WorkflowClientInterceptor {
    return {
      startWithDetails: async (input, next) => {
        const output = await next(input);
        void this.#watch(env(), input.options.workflowId, output.runId);
        return output;
      },
      signalWithStart: async (input, next) => {
        const runId = await next(input);
        void this.#watch(env(), input.options.workflowId, runId);
        return runId;
      },
    };
  }

  async #watch(env: TestWorkflowEnvironment, workflowId: string, runId: string): Promise<void> {
    const { nativeConnection, namespace = 'default' } = env;
    let nextPageToken: Uint8Array | undefined;
    try {
      do {
        const page = await nativeConnection.withAbortSignal(this.#end.signal, () =>
          nativeConnection.workflowService.getWorkflowExecutionHistory({
            namespace,
            execution: { workflowId, runId },
            waitNewEvent: true,
            nextPageToken,
          }),
        );
        const failure = failureIn(workflowId, page.history?.events);
        if (failure) this.#first.reject(failure);
        nextPageToken = page.nextPageToken ?? undefined;
      } while (nextPageToken?.length);
    } catch {
      // The run is over, or the workflow was deleted.
    }
  }
}

/** The failure of a workflow task in histories: the code threw something else than a failure, or does not fit them. */
export function failedTask(histories: readonly RecordedHistory[]): Error | undefined {
  for (const { workflowId, history } of histories) {
    const failure = failureIn(workflowId, history.events);
    if (failure) return failure;
  }
  return undefined;
}

function failureIn(workflowId: string, events: Events): Error | undefined {
  for (const { workflowTaskFailedEventAttributes: failed } of events ?? []) {
    const message = failed?.failure?.message;
    if (message) return new Error(`A workflow task of ${workflowId} failed: ${message}`);
  }
  return undefined;
}
