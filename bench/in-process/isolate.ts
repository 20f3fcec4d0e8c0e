// What the isolate of a workflow thread takes for its part of a task, without a server: from the bytes of an activation to
// the bytes of its completion. Prints one line of JSON; times in µs.
import { coresdk } from '../../bun-bindings/node_modules/@temporalio/proto';
import { createWorkflowBundle } from '../../bun-bindings/src/workflow/bundling/bundler.ts';
import { IsolateHost } from '../../bun-bindings/src/workflow/isolate/host.ts';
import { type Job, payload, startJob } from '../../bun-bindings/tests/support/isolate-driver.ts';
import { median } from '../lib/figures.ts';

const { WorkflowActivation } = coresdk.workflow_activation;
const RUNS = 2_000;

const bundle = await createWorkflowBundle({ workflowsPath: `${import.meta.dir}/../work/workflows.ts` });
const host = new IsolateHost({
  bundle,
  namespace: 'default',
  taskQueue: 'bench',
  isolateExecutionTimeoutMs: 5_000,
  showStackTraceSources: false,
  reuseV8Context: true,
  registeredActivityNames: ['greet', 'echo'],
  workflowFailureErrorTypes: {},
});

function encoded(runId: string, job: Job): Uint8Array {
  const timestamp = { seconds: 1_000 as never, nanos: 0 };
  return WorkflowActivation.encode({ runId, timestamp, historyLength: 3, jobs: [job] }).finish();
}

async function timed(activation: Uint8Array): Promise<number> {
  const before = performance.now();
  await host.activate(activation);
  return (performance.now() - before) * 1_000;
}

/** Starts runs that wait for an activity, and then resumes them in turns: each time another one than the last. */
async function round(count: number): Promise<{ start: number; resume: number }> {
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  const starts = ids.map((id) => encoded(id, startJob('hello', ['you'], id)));
  const done = { resolveActivity: { seq: 1, result: { completed: { result: payload('Hello') } } } };
  const resumptions = ids.map((id) => encoded(id, done));
  const evictions = ids.map((id) => encoded(id, { removeFromCache: { reason: 1, message: '' } }));
  const start: number[] = [];
  const resume: number[] = [];
  for (const activation of starts) start.push(await timed(activation));
  for (const activation of resumptions) resume.push(await timed(activation));
  for (const activation of evictions) await host.activate(activation);
  return { start: median(start), resume: median(resume) };
}

await round(RUNS);
const few = await round(RUNS);
const memoryBefore = process.memoryUsage.rss();
const waiting = Array.from({ length: 5_000 }, () => crypto.randomUUID());
for (const id of waiting) await host.activate(encoded(id, startJob('hello', ['you'], id)));
const kilobytes = (process.memoryUsage.rss() - memoryBefore) / 1_024 / waiting.length;
const many = await round(RUNS);
host.close();
console.log(
  JSON.stringify({
    'create and first activation': few.start,
    'resume, with a switch': few.resume,
    'create and first activation, 5,000 others cached': many.start,
    'resume, 5,000 others cached': many.resume,
    'memory of a cached run, KB': kilobytes,
  }),
);
