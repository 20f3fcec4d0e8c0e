// What the isolate of a workflow thread takes for its part of a task, without a server: from the bytes of an activation to
// the bytes of its completion. Prints one line of JSON; times in µs.
import { coresdk } from '../../bun-bindings/node_modules/@temporalio/proto';
import { createWorkflowBundle } from '../../bun-bindings/src/workflow/bundling/bundler.ts';
import { IsolateHost } from '../../bun-bindings/src/workflow/sandbox/host.ts';
import { type Job, payload, startJob } from '../../bun-bindings/tests/support/isolate-driver.ts';
import { median } from '../lib/figures.ts';

const { WorkflowActivation } = coresdk.workflow_activation;
const RUNS = 2_000;

/** A host of the workflows in a file. */
async function hostOf(file: string, preloadModules?: string[]): Promise<IsolateHost> {
  const bundle = await createWorkflowBundle({ workflowsPath: `${import.meta.dir}/../work/${file}`, preloadModules });
  return new IsolateHost({
    bundle,
    namespace: 'default',
    taskQueue: 'bench',
    isolateExecutionTimeoutMs: 5_000,
    showStackTraceSources: false,
    reuseV8Context: true,
    registeredActivityNames: ['greet', 'echo'],
    workflowFailureErrorTypes: {},
  });
}

function encoded(runId: string, job: Job): Uint8Array {
  const timestamp = { seconds: 1_000 as never, nanos: 0 };
  return WorkflowActivation.encode({ runId, timestamp, historyLength: 3, jobs: [job] }).finish();
}

async function timed(host: IsolateHost, activation: Uint8Array): Promise<number> {
  const before = performance.now();
  await host.activate(activation);
  return (performance.now() - before) * 1_000;
}

/** Starts runs that wait for an activity, and then resumes them in turns: each time another one than the last. */
async function round(host: IsolateHost, count: number): Promise<{ start: number; resume: number }> {
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  const starts = ids.map((id) => encoded(id, startJob('hello', ['you'], id)));
  const done = { resolveActivity: { seq: 1, result: { completed: { result: payload('Hello') } } } };
  const resumptions = ids.map((id) => encoded(id, done));
  const evictions = ids.map((id) => encoded(id, { removeFromCache: { reason: 1, message: '' } }));
  const start: number[] = [];
  const resume: number[] = [];
  for (const activation of starts) start.push(await timed(host, activation));
  for (const activation of resumptions) resume.push(await timed(host, activation));
  for (const activation of evictions) await host.activate(activation);
  return { start: median(start), resume: median(resume) };
}

const host = await hostOf('workflows.ts');
await round(host, RUNS);
const few = await round(host, RUNS);
const waiting = Array.from({ length: 5_000 }, () => crypto.randomUUID());
for (const id of waiting) await host.activate(encoded(id, startJob('hello', ['you'], id)));
const many = await round(host, RUNS);
host.close();
const large = await hostOf('large.ts', ['lodash-es']);
await round(large, RUNS);
const beside = await round(large, RUNS);
large.close();
console.log(
  JSON.stringify({
    'create and first activation': few.start,
    'resume, with a switch': few.resume,
    'create and first activation, 5,000 others cached': many.start,
    'resume, 5,000 others cached': many.resume,
    'create and first activation, 1 MB library shared': beside.start,
    'resume, 1 MB library shared': beside.resume,
  }),
);
