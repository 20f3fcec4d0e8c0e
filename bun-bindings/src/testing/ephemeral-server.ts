import { type Duration, type SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import type { SearchAttributeKey } from '@temporalio/common/lib/search-attributes';
import { msToNumber } from '@temporalio/common/lib/time';
import packageJson from '../../package.json' with { type: 'json' };
import { NativeBridgeError } from '../native/error.ts';
import type { NativeDevServerConfig, NativeServerExecutable, NativeTestServerConfig } from '../native/server.ts';

/** The location of a server's program. */
export type EphemeralServerExecutable =
  | {
      type: 'cached-download';
      /** The directory of downloads. @default the system's directory for temporary files */
      downloadDir?: string;
      /** A version, `latest`, or `default` for the version that fits this SDK. @default 'default' */
      version?: string;
      /** Time until a downloaded program is downloaded again. @default '1d' */
      ttl?: Duration;
    }
  | {
      type: 'existing-path';
      path: string;
    };

/** Options of a dev server: the real Temporal server, started by the Temporal CLI. */
export interface DevServerConfig {
  type: 'dev-server';
  /** @default `temporal` on PATH, else a download */
  executable?: EphemeralServerExecutable;
  /** A database file for workflows. @default workflows are kept in memory */
  dbFilename?: string;
  /** A namespace to create at the start. @default 'default' */
  namespace?: string;
  /** The address to listen on. @default '127.0.0.1' */
  ip?: string;
  /** @default a free one */
  port?: number;
  /** Whether to serve the web interface. @default true if `uiPort` is set */
  ui?: boolean;
  /** @default `port` + 1000 */
  uiPort?: number;
  /** @default { format: 'pretty', level: 'warn' } */
  log?: { format: string; level: string };
  /** Whether the server prints nothing, neither its banner nor its log. @default false */
  quiet?: boolean;
  /** More arguments for the program. */
  extraArgs?: string[];
  /** Search attributes to register at the start. */
  searchAttributes?: SearchAttributeKey<SearchAttributeType>[];
}

/** Options of Temporal's test server, which skips the waiting time of timers. */
export interface TimeSkippingServerConfig {
  type: 'time-skipping';
  /** @default `temporal-test-server` on PATH, else a download */
  executable?: EphemeralServerExecutable;
  /** @default a free one */
  port?: number;
  /** More arguments for the program. */
  extraArgs?: string[];
}

export function toNativeDevServerConfig(config: Omit<DevServerConfig, 'type'>): NativeDevServerConfig {
  const { namespace, ip, port, uiPort, ui = uiPort !== undefined, dbFilename, quiet } = config;
  const { format, level } = config.log ?? { format: 'pretty', level: 'warn' };
  const attributes = (config.searchAttributes ?? []).flatMap(({ name, type }) => [
    '--search-attribute',
    `${name}=${toSearchAttributeTypeName(type)}`,
  ]);
  return {
    executable: toNativeExecutable(config.executable, 'temporal'),
    namespace,
    ip,
    port,
    ui,
    uiPort,
    dbFilename,
    logFormat: format,
    logLevel: level,
    extraArgs: [...attributes, ...(config.extraArgs ?? [])],
    quiet,
  };
}

export function toNativeTestServerConfig(config: Omit<TimeSkippingServerConfig, 'type'>): NativeTestServerConfig {
  const { port, extraArgs } = config;
  return { executable: toNativeExecutable(config.executable, 'temporal-test-server'), port, extraArgs };
}

/** Whether a server did not start because its program could not be downloaded. */
export function isFailedDownload(error: unknown): error is NativeBridgeError {
  return error instanceof NativeBridgeError && error.details?.reason === 'download';
}

/** The server's name of a search attribute's type. */
export function toSearchAttributeTypeName(type: SearchAttributeType): string {
  return TypedSearchAttributes.toMetadataType(type);
}

function toNativeExecutable(executable: EphemeralServerExecutable | undefined, name: string): NativeServerExecutable {
  const installed = executable === undefined ? Bun.which(name) : null;
  const from =
    executable ?? (installed === null ? { type: 'cached-download' } : { type: 'existing-path', path: installed });
  if (from.type === 'existing-path') return { path: from.path };
  if (from.type !== 'cached-download') {
    throw new TypeError(`Unsupported server executable type: ${(from as { type: unknown }).type}`);
  }
  const { downloadDir, version = 'default', ttl = '1d' } = from;
  // Which release is the default one depends on who asks: this package stands for that version of Temporal's SDK.
  const sdk = version === 'default' ? { sdkName: 'sdk-typescript', sdkVersion: packageJson.version } : undefined;
  return { download: { version, directory: downloadDir, ttlMs: msToNumber(ttl), ...sdk } };
}
