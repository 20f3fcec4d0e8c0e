import type { TemporalConfig } from '../../config/index.ts';
import { NativeConnection, UNUSED_TASK_QUEUE } from '../../connection/index.ts';
import { checkApiKey } from './api-key.ts';
import { type CheckResult, failed, ok, warning } from './check.ts';

/** Codes of gRPC that tell why a request was refused. */
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
const NOT_FOUND = 5;

/** `TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW`. */
const TASK_QUEUE_OF_WORKFLOWS = 1;
/** As far as a clock may be off, in ms. */
const MOST_SKEW_MS = 5000;

/** Features that a worker uses when the server has them, and what is lost without. */
const FEATURES = {
  nexus: 'Nexus operations',
  eagerWorkflowStart: 'eager start of workflows',
  sdkMetadata: 'names and flags of SDKs in histories',
  upsertMemo: 'changes to memos',
} as const;

/**
 * Connects as a worker does, and checks the server, the API key, the namespace, the permissions of a worker, and the clock.
 * Stops at the first that fails.
 */
export async function checkServer({ connectionOptions, namespace }: TemporalConfig): Promise<CheckResult[]> {
  const results = [checkApiKey(connectionOptions.apiKey)];
  if (results[0]?.status === 'failed') return results;
  let connection: NativeConnection;
  try {
    connection = await NativeConnection.connect(connectionOptions);
  } catch (error) {
    return [...results, refused('server', error)];
  }
  try {
    for (const check of [checkSystem, checkNamespace, checkPolls]) {
      results.push(...[await check(connection, namespace)].flat());
      if (results.at(-1)?.status === 'failed') break;
    }
    return results;
  } finally {
    await connection.close();
  }
}

/** Polls once as a worker does, from a queue that nobody uses. The server notes the time, which the clock is compared with. */
async function checkPolls(connection: NativeConnection, namespace: string): Promise<CheckResult[]> {
  const identity = `doctor-${crypto.randomUUID()}`;
  const started = Date.now();
  const refusal = await connection.tryPoll('Workflow', namespace, identity).refusal;
  if (refusal !== undefined) return [refused('permission', refusal)];
  const permission = ok('permission', `the server takes polls of namespace ${namespace}`);
  return [permission, await checkClock(connection, { namespace, identity, started, ended: Date.now() })];
}

interface Poll {
  namespace: string;
  identity: string;
  /** When it began and ended, by the clock of this machine. */
  started: number;
  ended: number;
}

async function checkClock({ workflowService }: NativeConnection, poll: Poll): Promise<CheckResult> {
  const { namespace, identity, started, ended } = poll;
  try {
    const { pollers } = await workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: UNUSED_TASK_QUEUE },
      taskQueueType: TASK_QUEUE_OF_WORKFLOWS,
    });
    const time = pollers?.find((poller) => poller.identity === identity)?.lastAccessTime;
    if (time == null) return ok('clock', 'could not be compared: the server does not tell when it was polled');
    const at = Number(time.seconds) * 1000 + (time.nanos ?? 0) / 1e6;
    const ahead = Math.max(0, started - at) - Math.max(0, at - ended);
    const detail = `that of this machine is ${Math.abs(Math.round(ahead / 100) / 10)} s ${ahead < 0 ? 'behind' : 'ahead of'} the server`;
    if (Math.abs(ahead) <= MOST_SKEW_MS) return ok('clock', 'that of this machine goes with the one of the server');
    return warning('clock', detail, 'Set it by a time server (NTP): certificates, keys and latencies go by it.');
  } catch (error) {
    return ok('clock', `could not be compared: ${(error as Error).message}`);
  }
}

async function checkSystem({ workflowService }: NativeConnection): Promise<CheckResult> {
  try {
    const { serverVersion, capabilities } = await workflowService.getSystemInfo({});
    const missing = Object.entries(FEATURES).flatMap(([key, feature]) =>
      capabilities?.[key as keyof typeof FEATURES] ? [] : [feature],
    );
    const detail = `Temporal server ${serverVersion || 'of an unknown version'}`;
    if (missing.length === 0) return ok('server', detail);
    return warning('server', `${detail}, without ${missing.join(', ')}`, 'Use a newer server if workflows need these.');
  } catch (error) {
    return refused('server', error);
  }
}

async function checkNamespace({ workflowService }: NativeConnection, namespace: string): Promise<CheckResult> {
  try {
    const { config } = await workflowService.describeNamespace({ namespace });
    const days = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
    return ok('namespace', `${namespace}, which keeps ended workflows for ${days} days`);
  } catch (error) {
    if (codeOf(error) === NOT_FOUND) {
      return failed(
        'namespace',
        `there is no namespace ${namespace}`,
        `Set TEMPORAL_NAMESPACE, or create it: \`temporal operator namespace create -n ${namespace}\`.`,
      );
    }
    return refused('namespace', error);
  }
}

function refused(name: string, error: unknown): CheckResult {
  const { message } = error as Error;
  switch (codeOf(error)) {
    case UNAUTHENTICATED:
      return failed('api key', message, 'Check the API key (TEMPORAL_API_KEY) or the client certificate.');
    case PERMISSION_DENIED:
      return failed('permission', message, 'The key or certificate lacks the permission for this namespace.');
    default:
      return failed(name, message, 'See the steps before this one, and the log of the server.');
  }
}

/** The code of gRPC of an error of a client or of the bridge, or of its cause. */
function codeOf(error: unknown): number | undefined {
  const { code, details, cause } = Object(error) as {
    code?: unknown;
    details?: { grpcCode?: number };
    cause?: unknown;
  };
  if (typeof code === 'number') return code;
  return details?.grpcCode ?? (cause === undefined ? undefined : codeOf(cause));
}
