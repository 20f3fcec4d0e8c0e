import { hostname } from 'node:os';
import type { ClientConfigProfile } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '../connection/index.ts';

/** Where {@link loadTemporalConfig} looks. */
export interface LoadTemporalConfigOptions {
  /** Default: the environment of the process. */
  env?: Record<string, string | undefined>;
  /** A TOML file of profiles. Default: TEMPORAL_CONFIG_FILE, else Temporal's usual place, else none. */
  configFile?: string;
  /** The profile in that file. Default: TEMPORAL_PROFILE, else `default`. */
  profile?: string;
}

/** What a worker needs to know of its surroundings. */
export interface TemporalConfig {
  /** For `NativeConnection.connect`. */
  connectionOptions: NativeConnectionOptions;
  /** For `createWorker`. Default: `default`. */
  namespace: string;
  /** For `createWorker`, if TEMPORAL_TASK_QUEUE is set. */
  taskQueue: string | undefined;
  /** For `createWorker`: `<prefix>-<process id>@<host>`, or without a prefix. */
  identity: string;
}

/** The configuration that was found is wrong. `source` names the variable, or the path in the TOML file. */
export class TemporalConfigError extends Error {
  override readonly name = 'TemporalConfigError';

  constructor(
    readonly source: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${source}: ${message}`, options);
  }
}

/**
 * Reads Temporal's environment variables and TOML profiles. A variable goes before the file.
 *
 * @throws TemporalConfigError for what does not fit.
 *
 * @example
 * ```ts
 * const { connectionOptions, namespace, taskQueue = 'hello', identity } = await loadTemporalConfig();
 * const connection = await NativeConnection.connect(connectionOptions);
 * const worker = await createWorker({ connection, namespace, taskQueue, identity, workflowsPath, activities });
 * ```
 */
export async function loadTemporalConfig(options: LoadTemporalConfigOptions = {}): Promise<TemporalConfig> {
  const { env = process.env } = options;
  // Loaded here: a program that configures its worker itself does not need them.
  const [{ environmentSchema }, { profileSchema }, envconfig] = await Promise.all([
    import('./environment-schema.ts'),
    import('./profile-schema.ts'),
    import('@temporalio/envconfig'),
  ]);
  const environment = check(environmentSchema.safeParse(env), (path) => path.join('.'));
  const profileName = options.profile ?? environment.TEMPORAL_PROFILE ?? 'default';
  const file = options.configFile ?? environment.TEMPORAL_CONFIG_FILE;
  let profile: ClientConfigProfile;
  try {
    profile = envconfig.loadClientConfigProfile({
      profile: options.profile,
      configSource: options.configFile === undefined ? undefined : { path: options.configFile },
      configFileStrict: true,
      overrideEnvVars: defined(env),
    });
  } catch (cause) {
    throw new TemporalConfigError(file ?? 'configuration', (cause as Error).message, { cause });
  }
  check(profileSchema.safeParse(profile), (path) => ['profile', profileName, ...path].join('.'));
  const { connectionOptions, namespace = 'default' } = envconfig.toClientOptions(profile);
  return {
    connectionOptions,
    namespace,
    taskQueue: environment.TEMPORAL_TASK_QUEUE,
    identity: identityWith(environment.TEMPORAL_WORKER_IDENTITY_PREFIX),
  };
}

type Checked<T> =
  | { success: true; data: T }
  | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } };

/** The value if it fits; else an error that names the first thing that does not. */
function check<T>(result: Checked<T>, nameOf: (path: string[]) => string): T {
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new TemporalConfigError(nameOf((issue?.path ?? []).map(String)), issue?.message ?? 'is not valid');
}

function defined(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function identityWith(prefix: string | undefined): string {
  const identity = `${process.pid}@${hostname()}`;
  return prefix === undefined ? identity : `${prefix}-${identity}`;
}
