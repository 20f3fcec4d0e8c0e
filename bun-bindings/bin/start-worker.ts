#!/usr/bin/env bun
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { createWorker, loadTemporalConfig, NativeConnection, TemporalConfigError } from '../src/index.ts';

/** Exit codes: the worker failed; the command line or the configuration is wrong. */
const FAILED = 1;
const WRONG_USAGE = 2;

interface Options {
  workflows?: string;
  activities?: string;
  taskQueue?: string;
  namespace?: string;
  profile?: string;
  configFile?: string;
}

const program = new Command('start-worker')
  .description('Runs a Temporal worker until SIGINT or SIGTERM. The connection is configured by the environment and by profiles.')
  .version(packageJson.version)
  .option('-w, --workflows <file>', 'the module that exports the workflows')
  .option('-a, --activities <file>', 'the module that exports the activities')
  .option('-q, --task-queue <name>', 'the task queue (or TEMPORAL_TASK_QUEUE)')
  .option('-n, --namespace <name>', 'the namespace (or TEMPORAL_NAMESPACE, or the profile)')
  .option('-p, --profile <name>', 'the profile in the configuration file (or TEMPORAL_PROFILE)')
  .option('-c, --config-file <file>', 'the configuration file (or TEMPORAL_CONFIG_FILE)')
  .exitOverride()
  .action(start);

async function start({ workflows, activities, ...options }: Options): Promise<void> {
  if (workflows === undefined && activities === undefined) {
    return program.error('error: give --workflows, --activities, or both', { exitCode: WRONG_USAGE });
  }
  const config = await loadTemporalConfig(options);
  const taskQueue = options.taskQueue ?? config.taskQueue;
  if (taskQueue === undefined) {
    return program.error('error: give --task-queue, or set TEMPORAL_TASK_QUEUE', { exitCode: WRONG_USAGE });
  }
  const namespace = options.namespace ?? config.namespace;
  const connection = await NativeConnection.connect(config.connectionOptions);
  try {
    const worker = await createWorker({
      connection,
      namespace,
      taskQueue,
      identity: config.identity,
      workflowsPath: workflows && resolve(workflows),
      activities: activities && (await import(resolve(activities))),
    });
    const stopped = worker.run();
    console.log(`Worker ${config.identity} takes tasks from ${taskQueue} in namespace ${namespace}`);
    await stopped;
  } finally {
    await connection.close();
  }
}

try {
  await program.parseAsync();
} catch (error) {
  // Commander has told of its own errors; it takes help and version for errors, with code 0.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : WRONG_USAGE);
  if (error instanceof TemporalConfigError) {
    console.error(error.message);
    process.exit(WRONG_USAGE);
  }
  console.error(error);
  process.exit(FAILED);
}
