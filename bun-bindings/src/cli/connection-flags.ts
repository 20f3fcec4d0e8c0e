import { hostname } from 'node:os';
import type { Command } from 'commander';
import { loadTemporalConfig, type TemporalConfig } from '../config/index.ts';

/** Flags of all commands that connect to a server. */
export interface ConnectionFlags {
  address?: string;
  namespace?: string;
  profile?: string;
  configFile?: string;
}

/** Adds {@link ConnectionFlags} to a command. */
export function addConnectionFlags(command: Command): Command {
  return command
    .option('--address <host:port>', 'the server (or TEMPORAL_ADDRESS, or the profile)')
    .option('-n, --namespace <name>', 'the namespace (or TEMPORAL_NAMESPACE, or the profile)')
    .option('-p, --profile <name>', 'the profile in the configuration file (or TEMPORAL_PROFILE)')
    .option('-c, --config-file <file>', 'the configuration file (or TEMPORAL_CONFIG_FILE)');
}

/**
 * Reads the environment and the profile as a worker does. Flags go first.
 *
 * Rejects with a TemporalConfigError for what does not fit.
 */
export async function configOf(flags: ConnectionFlags): Promise<TemporalConfig> {
  const config = await loadTemporalConfig({ configFile: flags.configFile, profile: flags.profile });
  return {
    ...config,
    namespace: flags.namespace ?? config.namespace,
    connectionOptions: {
      ...config.connectionOptions,
      ...(flags.address === undefined ? {} : { address: flags.address }),
    },
  };
}

/** Identifies the caller in the server's records. */
export const identity = `temporal-bun-${process.pid}@${hostname()}`;
