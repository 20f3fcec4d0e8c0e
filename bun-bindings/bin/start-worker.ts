#!/usr/bin/env bun
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { loadTemporalConfig, TemporalConfigError } from '../src/config/index.ts';
import { workerLibrary } from '../src/worker/create-worker.ts';

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
  buildId?: string;
}

const program = new Command('start-worker')
  .description(
    'Runs a Temporal worker until SIGINT or SIGTERM. The connection is configured by the environment and by profiles.',
  )
  .version(packageJson.version)
  .option('-w, --workflows <file>', 'the module that exports the workflows')
  .option('-a, --activities <file>', 'the module that exports the activities')
  .option('-q, --task-queue <name>', 'the task queue (or TEMPORAL_TASK_QUEUE)')
  .option('-n, --namespace <name>', 'the namespace (or TEMPORAL_NAMESPACE, or the profile)')
  .option('-p, --profile <name>', 'the profile in the configuration file (or TEMPORAL_PROFILE)')
  .option('-c, --config-file <file>', 'the configuration file (or TEMPORAL_CONFIG_FILE)')
  .option('-b, --build-id <id>', 'the build id that the worker reports; by default it is made of the code')
  .exitOverride()
  .action(start);

async function start(options: Options): Promise<void> {
  const workflowsPath = moduleFile('--workflows', options.workflows);
  const activitiesPath = moduleFile('--activities', options.activities);
  if (workflowsPath === undefined && activitiesPath === undefined) {
    return wrongUsage('give --workflows, --activities, or both');
  }
  const config = await loadTemporalConfig({ configFile: options.configFile, profile: options.profile });
  const { taskQueue = config.taskQueue, namespace = config.namespace, buildId } = options;
  if (taskQueue === undefined) return wrongUsage('give --task-queue, or set TEMPORAL_TASK_QUEUE');
  const { identity } = config;
  const { Worker, NativeConnection } = await workerLibrary();
  const connection = await NativeConnection.connect(config.connectionOptions);
  try {
    const activities = activitiesPath && (await import(activitiesPath));
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      identity,
      buildId,
      workflowsPath,
      activities,
    });
    const stopped = worker.run();
    console.log(`Worker ${identity} takes tasks from ${taskQueue} in namespace ${namespace}`);
    await stopped;
  } finally {
    await connection.close();
  }
}

/** The file that the value of a flag stands for. */
function moduleFile(flag: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return Bun.resolveSync(resolve(path), process.cwd());
  } catch {
    return wrongUsage(`${flag}: there is no module ${resolve(path)}`);
  }
}

function wrongUsage(message: string): never {
  return program.error(`error: ${message}`);
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
