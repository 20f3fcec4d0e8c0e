import { describe, expect, setDefaultTimeout, test } from 'bun:test';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { str } from '@temporalio/common';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import * as activities from '../fixtures/data/bank-activities.ts';
import * as workflows from '../fixtures/data/bank-workflows.ts';
import { InsufficientFunds } from '../fixtures/data/insufficient-funds.ts';
import { Money } from '../fixtures/data/money.ts';
import { attributesOf, failureOf, rejectionOf, start, taskFailure } from '../support/observe.ts';
import { useServer } from '../support/test-server.ts';
import { withWorker } from '../support/test-worker.ts';
import { fixture, useDataWorker } from './data-worker.ts';

setDefaultTimeout(30_000);
const server = useServer();
const workflowsPath = fixture('bank-workflows.ts');
const dataConverter = { payloadConverterPath: fixture('ejson.ts'), failureConverterPath: fixture('bank-failures.ts') };

describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
  ['with a context for each run', { reuseV8Context: false }],
])('converters of the user, %s', (_name, options) => {
  const worker = useDataWorker(server, dataConverter, { ...options, workflowsPath, activities });

  test('convert the payloads of all that workflows send and receive', async () => {
    const statement = { balance: new Money(100n, 'EUR'), at: new Date(5), byName: new Map([['Ada', 2n ** 80n]]) };
    const memo = { opened: new Map([[1n, new Date(7)]]) };
    const handle = await start(worker, workflows.rounds, [statement, 2], { memo });
    const end = await handle.result();
    expect(end.balance).toBeInstanceOf(Money);
    expect(end.balance.cents).toBe(106n);
    expect(end.at).toEqual(statement.at);
    expect(end.byName).toEqual(new Map([['Ada', 2n ** 80n + 4n]]));
    const description = await handle.describe();
    expect(description.memo?.opened).toEqual(memo.opened);
    expect(description.memo?.end).toEqual(end);
    const [started] = await attributesOf(handle, 'workflowExecutionStartedEventAttributes');
    expect(str(started?.input?.payloads?.[0]?.metadata?.encoding ?? new Uint8Array())).toBe('json/ejson');
  });

  test('signals, queries, updates and results', async () => {
    const handle = await start(worker, workflows.account, [new Money(10n, 'EUR')]);
    await handle.signal(workflows.deposit, new Money(5n, 'EUR'));
    const paid = await handle.executeUpdate(workflows.pay, { args: [new Money(3n, 'EUR')] });
    expect(paid).toBeInstanceOf(Money);
    expect(paid.cents).toBe(12n);
    expect((await handle.query(workflows.balance, 2n)).cents).toBe(24n);
    const refused = await rejectionOf(handle.executeUpdate(workflows.pay, { args: [new Money(50n, 'EUR')] }));
    expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
    const { cause } = refused as WorkflowUpdateFailedError;
    expect(cause).toBeInstanceOf(InsufficientFunds);
    expect((cause as InsufficientFunds).missing).toBe(38n);
    await handle.signal(workflows.close);
    expect((await handle.result()).cents).toBe(12n);
  });

  test('errors keep their class and fields through activities and children', async () => {
    const cause = await failureOf(await start(worker, workflows.overdraw, [90n, 2]));
    expect(cause).toBeInstanceOf(InsufficientFunds);
    expect((cause as InsufficientFunds).missing).toBe(80n);
    expect(cause?.message).toBe('80 cents are missing');
    expect(cause?.stack).toContain('bank-workflows.ts');
  });

  test('are instances of one run: what they keep is of that run alone', async () => {
    const handles = await Promise.all([0, 2, 4].map((times) => start(worker, workflows.conversions, [times])));
    const counts = await Promise.all(handles.map((handle) => handle.result()));
    // For the workflow itself, an argument and a result; for each activity, two arguments and a result.
    expect(counts).toEqual([
      { toPayload: 1, fromPayload: 1 },
      { toPayload: 5, fromPayload: 3 },
      { toPayload: 9, fromPayload: 5 },
    ]);
  });

  test('throw where the value was given', async () => {
    const handle = await start(worker, workflows.unconvertible, []);
    expect(await handle.result()).toBe('TypeError: Functions have no EJSON');
  });
});

test('a payload that the converter cannot read fails the task, and says why', async () => {
  const options = { workflowsPath, activities, dataConverter };
  await withWorker(server, options, async (running) => {
    // The client converts to plain JSON, which the worker's converter has no encoding for.
    const handle = await start(running, workflows.conversions, [1]);
    expect((await taskFailure(running, handle)).message).toBe('Unknown encoding: json/plain');
    await handle.terminate();
  });
});

test.each([
  [{ payloadConverterPath: fixture('nowhere.ts') }, /Could not find a file at the specified payloadConverterPath/],
  [{ failureConverterPath: fixture('nowhere.ts') }, /Could not find a file at the specified failureConverterPath/],
  [{ payloadConverterPath: fixture('money.ts') }, /does not have a `payloadConverter` named export/],
  [{ failureConverterPath: fixture('money.ts') }, /does not have a `failureConverter` named export/],
])('a converter that cannot be loaded: %p', async (converter, message) => {
  const created = WorkerRuntime.create({ taskQueue: 'never', workflowsPath, dataConverter: converter });
  const error = await rejectionOf(created);
  expect(error.name).toBe('ValueError');
  expect(error.message).toMatch(message);
});
