import type { TemporalConfig } from '../../config/index.ts';
import { NativeConnection } from '../../connection/index.ts';
import { type CheckResult, failed, ok, warning } from './check.ts';

/** Codes of gRPC that tell why a request was refused. */
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
const NOT_FOUND = 5;

/** Features that a worker uses when the server has them, and what is lost without. */
const FEATURES = {
  nexus: 'Nexus operations',
  eagerWorkflowStart: 'eager start of workflows',
  sdkMetadata: 'names and flags of SDKs in histories',
  upsertMemo: 'changes to memos',
} as const;

/** Connects as a worker does, and checks the server and the namespace. */
export async function checkServer({ connectionOptions, namespace }: TemporalConfig): Promise<CheckResult[]> {
  let connection: NativeConnection;
  try {
    connection = await NativeConnection.connect(connectionOptions);
  } catch (error) {
    return [refused('server', error)];
  }
  try {
    return [await checkSystem(connection), await checkNamespace(connection, namespace)];
  } finally {
    await connection.close();
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
    if ((error as { code?: number }).code === NOT_FOUND) {
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
  const { message, code } = error as { message: string; code?: number };
  if (code === UNAUTHENTICATED)
    return failed(name, message, 'Check the API key (TEMPORAL_API_KEY) or the client certificate.');
  if (code === PERMISSION_DENIED)
    return failed(name, message, 'The key or certificate lacks the permission for this namespace.');
  return failed(name, message, 'See the steps before this one, and the log of the server.');
}
