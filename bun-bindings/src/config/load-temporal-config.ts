import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { NativeConnectionOptions } from '../connection/index.ts';
import type { ClientConfigProfile } from './envconfig.ts';
import { PEM_KEYS, settingSource } from './setting-source.ts';
import { TemporalConfigError } from './temporal-config-error.ts';

/** The sources of {@link loadTemporalConfig}. */
export interface LoadTemporalConfigOptions {
  /** The environment variables. Default: those of the process. */
  env?: Record<string, string | undefined>;
  /** A TOML file of profiles. Default: TEMPORAL_CONFIG_FILE, else Temporal's usual place, else none. */
  configFile?: string;
  /** The profile in that file. Default: TEMPORAL_PROFILE, else `default`. */
  profile?: string;
}

/** The settings of a worker from environment variables and a profile. */
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

/**
 * Reads Temporal's environment variables and TOML profiles. A variable takes precedence over the file.
 *
 * @throws TemporalConfigError that names a wrong setting.
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
  // Loaded on demand: a program that configures its worker itself does not need them.
  const [{ configSchema }, envconfig] = await Promise.all([import('./config-schema.ts'), import('./envconfig.ts')]);
  const profileName = options.profile ?? env.TEMPORAL_PROFILE ?? 'default';
  const sourceOf = (...keys: string[]) => settingSource(keys, profileName, env);

  let profile: ClientConfigProfile = {};
  let unreadable: TemporalConfigError | undefined;
  try {
    profile = envconfig.loadClientConfigProfile({
      profile: options.profile,
      configSource: options.configFile === undefined ? undefined : { path: options.configFile },
      configFileStrict: true,
      overrideEnvVars: defined(env),
    });
  } catch (cause) {
    unreadable = unreadableProfile(cause, options, env);
  }
  // Check the variables first: a wrong variable may be why there is no profile.
  const parsed = configSchema.safeParse({ environment: env, profile });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const [part, ...keys] = (issue?.path ?? []).map(String);
    const source = part === 'environment' ? keys.join('.') : sourceOf(...keys);
    throw new TemporalConfigError(source, issue?.message ?? 'is not valid');
  }
  requireFile(options, env);
  if (unreadable !== undefined) throw unreadable;

  const { environment } = parsed.data;
  return {
    connectionOptions: connectionOptions(profile, envconfig.toClientOptions, sourceOf),
    namespace: profile.namespace ?? 'default',
    taskQueue: environment.TEMPORAL_TASK_QUEUE,
    identity: identityWith(environment.TEMPORAL_WORKER_IDENTITY_PREFIX),
  };
}

function unreadableProfile(
  cause: unknown,
  { configFile, profile }: LoadTemporalConfigOptions,
  env: Record<string, string | undefined>,
): TemporalConfigError {
  const { message } = cause as Error;
  const isUnknown = profile === undefined && message.startsWith(`Profile '${env.TEMPORAL_PROFILE}' not found`);
  const file = configFile ?? env.TEMPORAL_CONFIG_FILE ?? 'the configuration file';
  return new TemporalConfigError(isUnknown ? 'TEMPORAL_PROFILE' : file, message, { cause });
}

/** Throws if an explicitly named file does not exist. It would be treated as an empty file otherwise. */
function requireFile({ configFile }: LoadTemporalConfigOptions, env: Record<string, string | undefined>): void {
  const file = configFile ?? env.TEMPORAL_CONFIG_FILE;
  if (file === undefined || existsSync(file)) return;
  throw new TemporalConfigError(configFile ?? 'TEMPORAL_CONFIG_FILE', `there is no file ${resolve(file)}`);
}

/** Builds the connection options. Reads the files of certificates and keys. */
function connectionOptions(
  profile: ClientConfigProfile,
  toClientOptions: (profile: ClientConfigProfile) => { connectionOptions: NativeConnectionOptions },
  sourceOf: (...keys: string[]) => string,
): NativeConnectionOptions {
  try {
    return toClientOptions(profile).connectionOptions;
  } catch (cause) {
    const { message, path } = cause as NodeJS.ErrnoException;
    const key = PEM_KEYS.find((key) => {
      const source = profile.tls?.[key];
      return source !== undefined && 'path' in source && source.path === path;
    });
    throw new TemporalConfigError(key === undefined ? sourceOf('tls') : sourceOf('tls', key), message, { cause });
  }
}

function defined(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function identityWith(prefix: string | undefined): string {
  const identity = `${process.pid}@${hostname()}`;
  return prefix === undefined ? identity : `${prefix}-${identity}`;
}
