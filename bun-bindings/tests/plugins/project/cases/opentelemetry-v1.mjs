import { createRequire } from 'node:module';
import * as otel from '@temporalio/interceptors-opentelemetry';
import { treeOf } from '../spans.mjs';
import { runMain, workflowsPathOf } from '../with-worker.mjs';

const require = createRequire(import.meta.resolve('@temporalio/interceptors-opentelemetry'));
const { Resource } = require('@opentelemetry/resources');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');

export async function run(address) {
  const exporter = new InMemorySpanExporter();
  const resource = new Resource({ 'service.name': 'test' });
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  const result = await runMain(address, 'opentelemetry-v1.js', {
    activities: { greet: async (name) => `Hello, ${name}!` },
    args: ['user'],
    clientInterceptors: { workflow: [new otel.OpenTelemetryWorkflowClientInterceptor()] },
    interceptors: {
      workflowModules: [workflowsPathOf('opentelemetry-v1.js')],
      activity: [(context) => ({ inbound: new otel.OpenTelemetryActivityInboundInterceptor(context) })],
    },
    sinks: { exporter: otel.makeWorkflowExporter(exporter, resource) },
  });
  return { result, spans: treeOf(exporter.getFinishedSpans()) };
}
