import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import type { WorkflowUpdateFailedError } from '@temporalio/client';
import { type Payload, type PayloadCodec, type SerializationContext, str } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding';
import * as activities from '../fixtures/data/context-activities.ts';
import { describeContext } from '../fixtures/data/context-converter.ts';
import * as workflows from '../fixtures/data/context-workflows.ts';
import { attributesOf, failureOf, rejectionOf, start } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { fixture, useDataWorker } from './data-worker.ts';

setDefaultTimeout(30_000);
const server = useServer();

/** Notes in payloads what it was encoded for, and each difference between that, the converter's, and what it is decoded for. */
class ContextCodec implements PayloadCodec {
  readonly differences: string[] = [];

  async encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    const coded = encode(describeContext(context));
    return payloads.map(({ metadata, data }) => {
      const converted = metadata?.to;
      if (converted != null) this.#compare(str(converted), str(coded));
      return { data, metadata: { ...metadata, coded } };
    });
  }

  async decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    for (const { metadata } of payloads)
      this.#compare(str(metadata?.coded ?? encode('none')), describeContext(context));
    return payloads;
  }

  #compare(before: string, after: string): void {
    if (before !== after) this.differences.push(`${before} | ${after}`);
  }
}

const converters = {
  payloadConverterPath: fixture('context-converter.ts'),
  failureConverterPath: fixture('context-converter.ts'),
};
const workflowsPath = fixture('context-workflows.ts');

describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
])('serialization contexts, %s', (_name, options) => {
  const codec = new ContextCodec();
  const dataConverter = { ...converters, payloadCodecs: [codec] };
  const worker = useDataWorker(server, dataConverter, { ...options, workflowsPath, activities });

  test('of activities: arguments, results, heartbeats, failures', async () => {
    const handle = await start(worker, workflows.activityContexts, []);
    const of = `of default/${handle.workflowId}`;
    // A text has been to the activity and back: each time the one who reads it is told what the one was who wrote it.
    expect(await handle.result()).toEqual({
      byDefault: `text <activity 1 ${of}> <activity 1 ${of}>`,
      named: `text <activity named ${of}> <activity named ${of}>`,
      local: `text <local activity 3 ${of}> <local activity 3 ${of}>`,
      retried: `text <activity retried ${of}> <activity retried ${of}> <activity retried ${of}>`,
      failing:
        `failed <to activity failing ${of}> <from activity failing ${of}>, ` +
        `text <activity failing ${of}> <activity failing ${of}>`,
      failingLocal:
        `failed <to local activity 6 ${of}> <from local activity 6 ${of}>, ` +
        `text <local activity 6 ${of}> <local activity 6 ${of}>`,
    });
  });

  test('of workflows: children, other workflows, and what they answer', async () => {
    const handle = await start(worker, workflows.workflowContexts, ['text'], { memo: { note: 'text' } });
    const id = `default/${handle.workflowId}`;
    const child = `workflow ${id}/child`;
    const result = (await handle.result()) as Record<string, string>;
    expect(result).toMatchObject({
      argument: `text <workflow ${id}>`,
      memo: `text <workflow ${id}>`,
      child: [`text <${child}>`, `text <${child}>`, `text <${child}>`, `text <${child}>`],
    });
    expect(result.childFailure).toEndWith(`<from workflow ${id}/failer>`);
    expect(result.signalFailure).toEndWith(`<from workflow ${id}/nobody>`);
    expect(result.cancelFailure).toEndWith(`<from workflow ${id}/nobody>`);
  });

  test('of signals, queries, updates and failures between a client and a workflow', async () => {
    const handle = await start(worker, workflows.hearer, ['text', 1]);
    const own = `<workflow default/${handle.workflowId}>`;
    expect(await handle.query(workflows.ask, 'text')).toBe(`text ${own} ${own}`);
    expect(await handle.executeUpdate(workflows.change, { args: ['text'] })).toBe(`text ${own} ${own}`);
    const refused = await rejectionOf(handle.executeUpdate(workflows.change, { args: ['bad'] }));
    const ownWay = `<to workflow default/${handle.workflowId}> <from workflow default/${handle.workflowId}>`;
    expect((refused as WorkflowUpdateFailedError).cause?.message).toBe(`refused ${ownWay}`);
    await handle.signal(workflows.tell, 'text');
    expect(await handle.result()).toEqual([`text ${own}`, 'undefined', `text ${own}`]);

    const failed = await start(worker, workflows.failer, []);
    const message = (await failureOf(failed))?.message;
    expect(message).toEndWith(`<from workflow default/${failed.workflowId}>`);
  });

  test('of a run that continues as new', async () => {
    const handle = await start(worker, workflows.follower, ['text', 1]);
    const own = `<workflow default/${handle.workflowId}>`;
    expect(await handle.result()).toBe(`text ${own} ${own}`);
    expect((await handle.describe()).memo).toEqual({ note: `text ${own}` });
    const [started] = await attributesOf(handle, 'workflowExecutionStartedEventAttributes');
    const coded = started?.input?.payloads?.[0]?.metadata?.coded;
    expect(str(coded ?? new Uint8Array())).toBe(`workflow default/${handle.workflowId}`);
  });

  test('are the same for codecs and converters, on both sides', () => {
    // A failure that a workflow hands on is not converted again, but it is encoded for the new reader.
    const handedOn = /^activity failing of (\S+) \| workflow \1$/;
    expect(codec.differences.filter((difference) => !handedOn.test(difference))).toEqual([]);
  });
});
