import { expect, test } from 'bun:test';
import { Client } from '@temporalio/client';
import * as activities from '../fixtures/data/order-activities.ts';
import { newOrder } from '../fixtures/data/order-messages.ts';
import { ship } from '../fixtures/data/order-workflows.ts';
import { useServer } from '../support/test-server.ts';
import { withWorker } from '../support/test-worker.ts';
import { fixture } from './data-worker.ts';

const server = useServer();

test('protobuf messages go as JSON between client, workflow and activity', async () => {
  const dataConverter = { payloadConverterPath: fixture('order-messages.ts') };
  const options = { workflowsPath: fixture('order-workflows.ts'), activities, dataConverter };
  await withWorker(server, options, async ({ client: { connection }, taskQueue }) => {
    const { workflow } = new Client({ connection, dataConverter });
    const order = newOrder({ item: 'tea', count: 20, seal: new Uint8Array([1, 2]) });
    const handle = await workflow.start(ship, { taskQueue, workflowId: crypto.randomUUID(), args: [order] });
    const shipped = await handle.result();
    expect([shipped.item, Number(shipped.count), [...shipped.seal]]).toEqual(['packed tea', 41, [1, 2]]);

    const { events } = await handle.fetchHistory();
    const payloads = events?.flatMap(
      (event) =>
        event.workflowExecutionStartedEventAttributes?.input?.payloads ??
        event.activityTaskScheduledEventAttributes?.input?.payloads ??
        event.activityTaskCompletedEventAttributes?.result?.payloads ??
        event.workflowExecutionCompletedEventAttributes?.result?.payloads ??
        [],
    );
    const text = (bytes: Uint8Array | null | undefined) => new TextDecoder().decode(bytes ?? undefined);
    expect(payloads?.map(({ metadata }) => [text(metadata?.encoding), text(metadata?.messageType)])).toEqual(
      Array.from({ length: 4 }, () => ['json/protobuf', 'shop.Order']),
    );
    expect(JSON.parse(text(payloads?.[0]?.data))).toEqual({ item: 'tea', count: '20', seal: 'AQI=' });
  });
}, 30_000);
