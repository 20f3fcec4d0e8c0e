import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where the collector and the Prometheus client are. `make test` builds them. */
export function telemetryPeer(): string {
  const built = resolve(import.meta.dir, '../../../.tools/bin/telemetry-peer');
  const path = existsSync(built) ? built : Bun.which('telemetry-peer');
  if (path == null) throw new Error('the telemetry peer is missing: run scripts/build-telemetry-peer');
  return path;
}
