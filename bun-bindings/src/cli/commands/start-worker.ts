import { Command } from 'commander';
import { workerLibrary } from '../../worker/create-worker.ts';
import type { HealthServerOptions } from '../../worker/options/health-server-options.ts';
import { chooseWorker } from '../../worker/worker-choice.ts';
import { usageError } from '../command-error.ts';
import { addConnectionFlags, type ConnectionFlags, configOf } from '../connection-flags.ts';
import { moduleFile } from '../module-file.ts';
import { Output } from '../output.ts';

interface Flags extends ConnectionFlags {
  workflows?: string;
  bundle?: string;
  activities?: string;
  taskQueue?: string;
  buildId?: string;
  health?: string;
  json?: boolean;
}

export function startWorkerCommand(): Command {
  const command = new Command('start-worker')
    .description('Runs a worker until SIGINT or SIGTERM, configured by the environment and by profiles.')
    .option('-w, --workflows <file>', 'the module that exports the workflows')
    .option('--bundle <file>', 'workflows that `temporal-bun bundle` has bundled, in the place of --workflows')
    .option('-a, --activities <file>', 'the module that exports the activities')
    .option('-q, --task-queue <name>', 'the task queue (or TEMPORAL_TASK_QUEUE)')
    .option('-b, --build-id <id>', 'the build id that the worker reports; by default it is made of the code')
    .option('--health <host:port>', 'serve /healthz, /readyz, /metrics and /status; `:9000` is port 9000 of 127.0.0.1')
    .option('--json', 'print as JSON, a document a line, when the worker takes tasks and when it has ended');
  return addConnectionFlags(command).action(startWorker);
}

async function startWorker(flags: Flags): Promise<void> {
  const { workflows, bundle, activities, buildId } = flags;
  if (workflows !== undefined && bundle !== undefined) throw usageError('give --workflows or --bundle, not both');
  if (workflows === undefined && bundle === undefined && activities === undefined) {
    throw usageError('give --workflows, --bundle or --activities');
  }
  const workflowsPath = workflows && moduleFile('--workflows', workflows);
  const activitiesPath = activities && moduleFile('--activities', activities);
  const config = await configOf(flags);
  const taskQueue = flags.taskQueue ?? config.taskQueue;
  if (taskQueue === undefined) throw usageError('give --task-queue, or set TEMPORAL_TASK_QUEUE');
  const { namespace, identity } = config;
  const healthServer = flags.health === undefined ? undefined : healthOptions(flags.health);

  const { Worker, NativeConnection } = await workerLibrary();
  const connection = await NativeConnection.connect(config.connectionOptions);
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      identity,
      buildId,
      healthServer,
      workflowsPath,
      workflowBundle: bundle === undefined ? undefined : { codePath: bundle },
      activities: activitiesPath && (await import(activitiesPath)),
    });
    const stopped = worker.run();
    const output = new Output(flags.json === true);
    output.event({ event: 'running', identity, taskQueue, namespace });
    output.line(`Worker ${identity} takes tasks from ${taskQueue} in namespace ${namespace}`);
    await stopped;
    output.event({ event: 'ended' });
  } finally {
    await connection.close();
  }
}

/** Reads `host:port`. */
function healthOptions(address: string): HealthServerOptions {
  const [, v6, name, port] = /^(?:\[([^\]]+)\]:|([^:]*):)?(\d+)$/.exec(address) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw usageError(`--health: must be host:port or :port, not ${address}`);
  if (chooseWorker() !== 'native')
    throw usageError('--health: TEMPORAL_BUN_SDK_USE_NATIVE=0 asks for a worker that has no health server');
  const hostname = v6 ?? name;
  return { port: Number(port), ...(hostname ? { hostname } : {}) };
}
