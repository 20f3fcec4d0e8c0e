import { expect, test } from 'bun:test';
import { NativeConnection } from '../../src/connection/index.ts';
import { MetricsBuffer, Runtime } from '../../src/runtime/index.ts';
import { startGrpcPeer } from '../support/grpc-peer.ts';

const buffer = new MetricsBuffer();
Runtime.install({ telemetryOptions: { metrics: { buffer } } });

test.each([
  [false, 'NOT_FOUND'],
  [true, undefined],
])(
  'failed calls are counted by their status, unless that is turned off: %s',
  async (disableErrorCodeMetricTags, code) => {
    await using peer = await startGrpcPeer();
    const connection = await NativeConnection.connect({ address: peer.address, disableErrorCodeMetricTags });
    peer.status = 5;
    await connection.workflowService.getClusterInfo({}).catch(() => undefined);
    // Read before the connection closes: its runtime ends with it.
    const failures = [...buffer.retrieveUpdates()].filter(({ metric }) => metric.name === 'temporal_request_failure');
    await connection.close();
    expect(failures.map(({ attributes }) => [attributes.operation, attributes.status_code])).toEqual([
      ['GetClusterInfo', code],
    ]);
  },
);
