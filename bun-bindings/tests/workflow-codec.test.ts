import { describe, expect, test } from 'bun:test';
import { Client } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import * as workflows from './fixtures/workflows.ts';
import { useServer } from './support/test-server.ts';
import { withWorker } from './support/test-worker.ts';

const server = useServer();

/** Turns each byte of a payload over, after a while. */
class InvertingCodec implements PayloadCodec {
  encoded = 0;

  async encode(payloads: Payload[]): Promise<Payload[]> {
    this.encoded += payloads.length;
    return payloads.map(({ metadata, data }) => ({
      metadata: { ...metadata, encoding: invert(metadata?.encoding), inverted: new Uint8Array([1]) },
      data: invert(data),
    }));
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      const { inverted, ...metadata } = payload.metadata ?? {};
      if (inverted === undefined) return payload;
      return { metadata: { ...metadata, encoding: invert(metadata.encoding) }, data: invert(payload.data) };
    });
  }
}

function invert(bytes: Uint8Array | null | undefined): Uint8Array {
  return (bytes ?? new Uint8Array()).map((byte) => byte ^ 255);
}

describe.each([
  ['in a thread', {}],
  ['on the main thread', { debugMode: true }],
])('payload codecs, workflows %s', (_name, options) => {
  test('transform all that goes over the wire', async () => {
    const codec = new InvertingCodec();
    const dataConverter = { payloadCodecs: [codec] };
    await withWorker(server, { ...options, dataConverter }, async ({ client, taskQueue }) => {
      const coded = new Client({ connection: client.connection, dataConverter });
      const workflowId = crypto.randomUUID();
      const result = await coded.workflow.execute(workflows.hello, { taskQueue, workflowId, args: ['codec'] });
      expect(result).toBe('Hello, codec!');
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      const payloads = JSON.stringify(history).match(/"inverted"/g) ?? [];
      // The argument and the result, of the workflow and of its activity.
      expect(payloads).toHaveLength(4);
      expect(codec.encoded).toBe(4);
    });
  });
});
