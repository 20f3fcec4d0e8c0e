import { type Duration, type SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import type { SearchAttributeKey } from '@temporalio/common/lib/search-attributes';
import { msToNumber } from '@temporalio/common/lib/time';
import packageJson from '../../package.json' with { type: 'json' };
import type { NativeDevServerConfig, NativeServerExecutable, NativeTestServerConfig } from '../native/server.ts';

/** Where the program of a server is. */
export type EphemeralServerExecutable =
  | {
      type: 'cached-download';
      /** Where to keep it. @default the system's directory for temporary files */
      downloadDir?: string;
      /** A release, `latest`, or `default`: the one that fits this SDK. @default 'default' */
      version?: string;
      /** How long a downloaded program counts as fresh. @default '1d' */
      ttl?: Duration;
    }
  | {
      type: 'existing-path';
      path: string;
    };

/** A dev server: the real Temporal server, as the Temporal CLI starts it. */
export interface DevServerConfig {
  type: 'dev-server';
  /** @default `temporal` on PATH, else a download */
  executable?: EphemeralServerExecutable;
  /** A file to keep workflows in. @default they are kept in memory */
  dbFilename?: string;
  /** Is created when the server starts. @default 'default' */
  namespace?: string;
  /** The address to listen at. @default '127.0.0.1' */
  ip?: string;
  /** @default a free one */
  port?: number;
  /** Whether to serve the web interface. @default true if `uiPort` is set */
  ui?: boolean;
  /** @default `port` + 1000 */
  uiPort?: number;
  /** @default { format: 'pretty', level: 'warn' } */
  log?: { format: string; level: string };
  /** More arguments for the program. */
  extraArgs?: string[];
  /** Are registered when the server starts. */
  searchAttributes?: SearchAttributeKey<SearchAttributeType>[];
}

/** Temporal's test server, which does not wait for timers: it skips to when they fire. */
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
  const { namespace, ip, port, uiPort, ui = uiPort !== undefined, dbFilename } = config;
  const { format, level } = config.log ?? { format: 'pretty', level: 'warn' };
  const attributes = (config.searchAttributes ?? []).flatMap(({ name, type }) => [
    '--search-attribute',
    `${name}=${TypedSearchAttributes.toMetadataType(type)}`,
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
  };
}

export function toNativeTestServerConfig(config: Omit<TimeSkippingServerConfig, 'type'>): NativeTestServerConfig {
  const { port, extraArgs } = config;
  return { executable: toNativeExecutable(config.executable, 'temporal-test-server'), port, extraArgs };
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
