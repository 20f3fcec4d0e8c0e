import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { str } from '@temporalio/common';
import { Money } from '../fixtures/data/money.ts';
import * as activities from '../fixtures/data/typed-activities.ts';
import * as workflows from '../fixtures/data/typed-workflows.ts';
import { attributesOf, start } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { fixture, useDataWorker } from './data-worker.ts';

setDefaultTimeout(30_000);
const server = useServer();
const workflowsPath = fixture('typed-workflows.ts');

describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
])('type information, %s', (_name, options) => {
  const dataConverter = { payloadConverterPath: fixture('noted-converter.ts') };
  const worker = useDataWorker(server, dataConverter, { ...options, workflowsPath, activities });

  test('turns over what workflows, children and activities are given and give', async () => {
    const handle = await start(worker, workflows.doubling, [new Money(2n ** 70n, 'EUR'), 1]);
    const result = await handle.result();
    expect(result).toBeInstanceOf(Money);
    expect(result.cents).toBe(2n ** 71n);
    const [started] = await attributesOf(handle, 'workflowExecutionStartedEventAttributes');
    const [amount, runs] = started?.input?.payloads ?? [];
    expect(str(amount?.data ?? new Uint8Array())).toBe(`["${2n ** 71n}","EUR"]`);
    // The payload converter was told of the amount; nobody said anything of the other argument.
    expect(str(amount?.metadata?.notation ?? new Uint8Array())).toBe('money');
    expect(str(runs?.metadata?.notation ?? new Uint8Array())).toBe('none');
  });

  test('turns over what signals, queries and updates are given and give', async () => {
    const handle = await start(worker, workflows.account, [new Money(10n, 'EUR')]);
    await handle.signal(workflows.deposit, new Money(5n, 'EUR'));
    expect((await handle.query(workflows.times, 3)).cents).toBe(45n);
    const paid = await handle.executeUpdate(workflows.pay, { args: [new Money(1n, 'EUR')] });
    expect(paid).toBeInstanceOf(Money);
    expect(paid.cents).toBe(14n);
    expect((await handle.result()).cents).toBe(14n);
  });
});
