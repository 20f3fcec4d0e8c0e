// A worker of any contestant: `Worker` and the rest come from the package that the contestant measures.
//
// It is told what to do by its arguments, tells what happens by lines of JSON on stdout, and stops when stdin ends.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as activities from './activities.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Logs errors only: large payloads would be warned of again and again. */
function logErrors({ DefaultLogger, Runtime }) {
  const logger = new DefaultLogger('ERROR', ({ message, meta }) => console.error(message, meta));
  Runtime.install({ logger, telemetryOptions: { logging: { filter: 'ERROR' } } });
  return logger;
}

/** Takes tasks of a task queue until stdin ends. */
async function work(sdk, { address, grpcCompression, taskQueue, workflows = './workflows.ts', ...options }) {
  logErrors(sdk);
  const connection = await sdk.NativeConnection.connect({ address, grpcCompression });
  const worker = await sdk.Worker.create({
    connection,
    taskQueue,
    workflowsPath: here(workflows),
    activities,
    ...options,
  });
  const running = worker.run();
  tell({ event: 'polling' });
  process.stdin.resume().once('end', () => worker.shutdown());
  await running;
  await connection.close();
}

/** Replays a history several times, and tells how long each took, in ms. */
async function replay(sdk, { file, times }) {
  logErrors(sdk);
  const history = JSON.parse(await readFile(file, 'utf8'));
  const histories = (function* () {
    for (let time = 0; time < times; time++) yield { workflowId: `replayed-${time}`, history };
  })();
  let before = performance.now();
  const took = [];
  for await (const { error } of sdk.Worker.runReplayHistories({ workflowsPath: here('./workflows.ts') }, histories)) {
    if (error) throw error;
    const now = performance.now();
    took.push(now - before);
    before = now;
  }
  tell({ event: 'replayed', took });
}

/** Bundles workflows several times, and tells how long each took, in ms. */
async function bundle(sdk, { workflows, times }) {
  const logger = logErrors(sdk);
  const took = [];
  for (let time = 0; time < times; time++) {
    const before = performance.now();
    await sdk.bundleWorkflowCode({ workflowsPath: here(workflows), logger });
    took.push(performance.now() - before);
  }
  tell({ event: 'bundled', took });
}

/** @param sdk the package's exports. */
export async function main(sdk) {
  const [task, options] = process.argv.slice(2);
  await { work, replay, bundle }[task](sdk, JSON.parse(options));
}
