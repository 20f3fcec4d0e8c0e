import type { Logger } from '@temporalio/common';
import type { SinkCall } from '@temporalio/workflow';
import { workflowLogAttributes } from './log-attributes.ts';
import type { InjectedSinkFunction, InjectedSinks } from './sinks.ts';

/** Calls the sink functions that workflows have called. */
export class SinkCaller {
  // biome-ignore lint/suspicious/noExplicitAny: sinks have any shape.
  readonly #sinks: InjectedSinks<any>;
  readonly #logger: Logger;
  /** A replay worker calls only functions with `callDuringReplay`. */
  readonly #isReplayWorker: boolean;

  constructor(
    // biome-ignore lint/suspicious/noExplicitAny: sinks have any shape.
    sinks: InjectedSinks<any>,
    logger: Logger,
    isReplayWorker: boolean,
  ) {
    this.#sinks = sinks;
    this.#logger = logger;
    this.#isReplayWorker = isReplayWorker;
  }

  /** The functions with `callDuringReplay`, as `sink.function`. */
  duringReplay(): string[] {
    return Object.entries(this.#sinks).flatMap(([sinkName, functions]) =>
      Object.entries(functions)
        .filter(([, { callDuringReplay }]) => callDuringReplay)
        .map(([name]) => `${sinkName}.${name}`),
    );
  }

  /** Makes the calls in order. Never throws: it logs unknown sinks, and errors and rejections of functions. */
  call(calls: readonly SinkCall[]): void {
    for (const call of calls) {
      const sink = this.#find(call);
      if (sink !== undefined && this.#isDue(sink, call)) this.#run(sink, call);
    }
  }

  #find(call: SinkCall): InjectedSinkFunction<() => void> | undefined {
    // `defaultWorkerLogger` is the old name of the logger sink.
    const sinkName = call.ifaceName === 'defaultWorkerLogger' ? '__temporal_logger' : call.ifaceName;
    const sink = this.#sinks[sinkName]?.[call.fnName];
    if (sink === undefined) this.#logError('Workflow referenced an unregistered external sink', call);
    return sink;
  }

  #isDue(sink: InjectedSinkFunction<() => void>, call: SinkCall): boolean {
    if (sink.callDuringReplay) return true;
    return !this.#isReplayWorker && !call.workflowInfo.unsafe.isReplayingHistoryEvents;
  }

  #run(sink: InjectedSinkFunction<(...args: unknown[]) => void>, call: SinkCall): void {
    const onError = (error: unknown) => this.#logError('External sink function threw an error', call, error);
    try {
      const result = sink.fn(call.workflowInfo, ...call.args);
      if (result instanceof Promise) result.catch(onError);
    } catch (error) {
      onError(error);
    }
  }

  #logError(message: string, call: SinkCall, error?: unknown): void {
    this.#logger.error(message, {
      ...workflowLogAttributes(call.workflowInfo),
      ifaceName: call.ifaceName,
      fnName: call.fnName,
      ...(error !== undefined && { error }),
    });
  }
}
