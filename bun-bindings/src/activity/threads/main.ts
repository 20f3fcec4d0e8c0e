/** The entry of an activity thread: a Bun `Worker` that runs activities of one module. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Client } from '@temporalio/client';
import { type DataConverter, type LoadedDataConverter, type MetricMeter, noopMetricMeter } from '@temporalio/common';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/data-converter-helpers';
import { MetricMeterWithComposedTags } from '@temporalio/common/lib/metrics';
import { clientLibrary } from '../../connection/client-library.ts';
import type { ActivityInterceptorsFactory } from '../../interceptors.ts';
import { shareNativeLibrary } from '../../native/library.ts';
import { NativeRuntime } from '../../native/runtime.ts';
import { NativeWorker } from '../../native/worker.ts';
import { RuntimeMetricMeter } from '../../runtime/metric-meter.ts';
import { serializeError } from '../../serialize-error.ts';
import type { ActivityEnvironment } from '../activity-environment.ts';
import { ActivityExecution } from '../activity-execution.ts';
import { ActivityTask, ActivityTaskCompletion } from '../activity-messages.ts';
import { type ActivityRegistry, collectActivities } from '../activity-registry.ts';
import type { FromThread, ThreadEnvironment, ThreadModules, ToThread } from './messages.ts';
import { ThreadConnection } from './thread-connection.ts';
import { threadLogger } from './thread-logger.ts';

if (parentPort === null) throw new Error('This module is the entry of a thread');
const port = parentPort;
const modules = workerData as ThreadModules;
shareNativeLibrary(modules.nativeLibraryPath);

interface Loaded {
  activities: ActivityRegistry;
  interceptors: ActivityInterceptorsFactory[];
  dataConverter: LoadedDataConverter;
  /** The converter as a client takes it. */
  clientConverter: DataConverter;
}

let loaded: Loaded | undefined;
let attached: { environment: ActivityEnvironment; worker: NativeWorker } | undefined;
const connection = new ThreadConnection(tell);
const executions = new Map<number, ActivityExecution>();

function tell(message: FromThread): void {
  port.postMessage(message);
}

async function load(): Promise<Loaded> {
  const { activitiesPath, interceptorModules, dataConverterPath, payloadConverterPath, failureConverterPath } = modules;
  const activities = collectActivities(await import(activitiesPath));
  const interceptors = await Promise.all(interceptorModules.map((path) => exportOf(path, 'interceptors', 'function')));
  const clientConverter =
    dataConverterPath === undefined
      ? { payloadConverterPath, failureConverterPath }
      : ((await exportOf(dataConverterPath, 'dataConverter', 'object')) as DataConverter);
  return {
    activities,
    interceptors: interceptors as ActivityInterceptorsFactory[],
    dataConverter: loadDataConverter(clientConverter),
    clientConverter,
  };
}

async function exportOf(path: string, name: string, type: 'function' | 'object'): Promise<unknown> {
  const { [name]: value } = (await import(path)) as Record<string, unknown>;
  if (typeof value !== type || value === null)
    throw new TypeError(`${path} must export ${name}, which is of type ${type}`);
  return value;
}

function attach({
  namespace,
  taskQueue,
  identity,
  debugEnabled,
  nativeWorker,
  nativeRuntime,
}: ThreadEnvironment): void {
  if (loaded === undefined) throw new Error('The activities are not loaded');
  const { clientConverter: dataConverter } = loaded;
  let client: Client | undefined;
  attached = {
    worker: NativeWorker.borrow(nativeWorker),
    environment: {
      ...loaded,
      namespace,
      taskQueue,
      logger: threadLogger(tell),
      debugEnabled,
      metricMeter: meterOf(nativeRuntime, { namespace, taskQueue }),
      client() {
        if (client === undefined) {
          const { Client } = clientLibrary();
          client = new Client({ connection, namespace, identity, dataConverter });
        }
        return client;
      },
      withCancellation: (signal, fn) => connection.withCancellation(signal, fn),
    },
  };
}

function meterOf(nativeRuntime: number | undefined, tags: { namespace: string; taskQueue: string }): MetricMeter {
  if (nativeRuntime === undefined) return noopMetricMeter;
  return MetricMeterWithComposedTags.compose(new RuntimeMetricMeter(NativeRuntime.borrow(nativeRuntime)), tags);
}

async function run(id: number, bytes: Uint8Array): Promise<void> {
  if (attached === undefined) throw new Error('The thread belongs to no worker yet');
  const { environment, worker } = attached;
  try {
    const execution = new ActivityExecution(environment, ActivityTask.decode(bytes), (heartbeat) => {
      worker.recordActivityHeartbeat(heartbeat);
      tell({ type: 'heartbeat', id });
    });
    executions.set(id, execution);
    const completion = ActivityTaskCompletion.encode(await execution.run()).finish();
    tell({ type: 'completed', id, completion: completion.slice() });
  } catch (error) {
    tell({ type: 'failed', id, error: serializeError(error) });
  } finally {
    executions.delete(id);
  }
}

function hear(message: ToThread): void {
  switch (message.type) {
    case 'attach':
      attach(message.environment);
      break;
    case 'start':
      void run(message.id, message.task);
      break;
    case 'cancel': {
      const { cancel } = ActivityTask.decode(message.task);
      if (cancel) executions.get(message.id)?.cancel(cancel);
      break;
    }
    case 'settled':
      connection.settle(message.id, message.outcome);
      break;
  }
}

try {
  loaded = await load();
  // Messages wait for this.
  port.on('message', hear);
  tell({ type: 'loaded', activityTypes: [...loaded.activities.keys()] });
} catch (error) {
  tell({ type: 'loadFailed', error: serializeError(error) });
}
