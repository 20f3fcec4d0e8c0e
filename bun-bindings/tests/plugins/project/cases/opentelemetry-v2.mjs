import { createRequire } from 'node:module';
import { OpenTelemetryPlugin } from '@temporalio/interceptors-opentelemetry-v2';
import { treeOf } from '../spans.mjs';
import { runMain } from '../with-worker.mjs';

// The second version of these packages is that of the plugin alone.
const require = createRequire(import.meta.resolve('@temporalio/interceptors-opentelemetry-v2'));
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');

export async function run(address) {
  const exporter = new InMemorySpanExporter();
  const spanProcessor = new SimpleSpanProcessor(exporter);
  const resource = resourceFromAttributes({ 'service.name': 'test' });
  const provider = new BasicTracerProvider({ resource, spanProcessors: [spanProcessor] });
  const plugins = [new OpenTelemetryPlugin({ resource, spanProcessor, tracer: provider.getTracer('test') })];
  const activities = { greet: async (name) => `Hello, ${name}!` };
  const result = await runMain(address, 'opentelemetry.js', { plugins, activities, args: ['user'] });
  return { result, spans: treeOf(exporter.getFinishedSpans()) };
}
