import { expect, test } from 'bun:test';
import { NativeConnection, type NativeConnectionOptions } from '../../src/connection/index.ts';
import { Runtime } from '../../src/runtime/index.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

/** Resolves with the warnings that a connection with these options logs. */
async function warnings(options: NativeConnectionOptions): Promise<string[]> {
  const logger = new RecordingLogger();
  Runtime.install({ logger });
  const connection = NativeConnection.lazy({ address: 'temporal.test:7233', ...options });
  await connection.close();
  return logger.messages('WARN');
}

test('an API key without TLS is warned of', async () => {
  expect(await warnings({ apiKey: 'secret', tls: false })).toEqual([
    expect.stringContaining('The API key for temporal.test:7233 is sent without encryption, because tls is off.'),
  ]);
});

test('an API key turns TLS on, where nothing else is said', async () => {
  expect(await warnings({ apiKey: 'secret' })).toEqual([]);
  expect(await warnings({ tls: false })).toEqual([]);
});
