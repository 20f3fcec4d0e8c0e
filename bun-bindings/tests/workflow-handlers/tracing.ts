import { expect, test } from 'bun:test';
import { AsyncLocalStorage } from 'node:async_hooks';
import * as otel from '@opentelemetry/api';
import { Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { Client } from '@temporalio/client';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import type { WorkerPlugin } from '../../src/worker/plugin.ts';
import * as activities from '../fixtures/handlers/interceptor-activities.ts';
import * as workflows from '../fixtures/handlers/traced.ts';
import { start } from '../support/observe.ts';
import type { RecordingLogger } from '../support/recording-logger.ts';
import type { TestServer } from '../support/test-server.ts';
import { withWorker } from '../support/test-worker.ts';

/** Lets spans on the main thread find their parents. */
class AsyncContextManager implements otel.ContextManager {
  readonly #storage = new AsyncLocalStorage<otel.Context>();

  active(): otel.Context {
    return this.#storage.getStore() ?? otel.ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: otel.Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(context, () => fn.apply(thisArg, args));
  }

  bind<T>(_context: otel.Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}

/** Each span as `parent > span`. */
function tree(spans: ReadableSpan[]): string[] {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  return spans.map(({ name, parentSpanId }) => `${names.get(parentSpanId ?? '') ?? 'nothing'} > ${name}`).toSorted();
}

/** The package that traces with OpenTelemetry, as it is. */
export function tracingTests(server: TestServer, logger: RecordingLogger, cache: Partial<WorkerOptions>): void {
  test('OpenTelemetry traces a workflow from the client to its activities', async () => {
    const exporter = new InMemorySpanExporter();
    const resource = new Resource({ 'service.name': 'traced' });
    const spanProcessor = new SimpleSpanProcessor(exporter);
    const provider = new BasicTracerProvider({ resource, spanProcessors: [spanProcessor] });
    provider.register({ contextManager: new AsyncContextManager() });
    try {
      const plugin = new OpenTelemetryPlugin({ resource, spanProcessor });
      const options: Partial<WorkerOptions> = {
        workflowsPath: `${import.meta.dir}/../fixtures/handlers/traced.ts`,
        activities,
        plugins: [plugin as unknown as WorkerPlugin],
        ...cache,
      };
      const workflowId = crypto.randomUUID();
      await withWorker(server, options, async ({ worker, client: { connection }, taskQueue }) => {
        const client = new Client({ connection, plugins: [plugin] });
        const handle = await start({ worker, client, taskQueue }, workflows.traced, [], { workflowId });
        expect(await handle.executeUpdate(workflows.agree)).toBe('in an update');
        expect(await handle.query(workflows.recall)).toBe('recalled');
        await handle.signal(workflows.poke);
        expect(await handle.result()).toBe('traced');
      });
      const spans = exporter.getFinishedSpans();
      expect(tree(spans)).toEqual(
        [
          'nothing > StartWorkflow:traced',
          'StartWorkflow:traced > RunWorkflow:traced',
          'RunWorkflow:traced > StartActivity:echo',
          'StartActivity:echo > RunActivity:echo',
          'RunWorkflow:traced > StartChildWorkflow:tracedChild',
          'StartChildWorkflow:tracedChild > RunWorkflow:tracedChild',
          'RunWorkflow:tracedChild > StartActivity:echo',
          'StartActivity:echo > RunActivity:echo',
          'nothing > StartWorkflowUpdate:agree',
          'StartWorkflowUpdate:agree > HandleUpdate:agree',
          'HandleUpdate:agree > StartActivity:echo',
          'StartActivity:echo > RunActivity:echo',
          'nothing > QueryWorkflow:recall',
          'QueryWorkflow:recall > HandleQuery:recall',
          'nothing > SignalWorkflow:poke',
          'SignalWorkflow:poke > HandleSignal:poke',
        ].toSorted(),
      );
      const run = spans.find(({ name }) => name === 'RunWorkflow:traced');
      expect(run?.attributes).toMatchObject({ workflowId, workflowType: 'traced' });
      expect(run?.resource).toBe(resource);
      const line = logger.lines.find(
        ({ message, meta }) => message === 'traced line' && meta?.workflowId === workflowId,
      );
      expect(line?.meta).toMatchObject({ trace_id: run?.spanContext().traceId, span_id: run?.spanContext().spanId });
    } finally {
      otel.trace.disable();
      otel.context.disable();
      otel.propagation.disable();
    }
  });
}
