import { expect, test } from 'bun:test';
import { CombinedWorkerRunError, PromiseCompletionTimeoutError } from '../../errors.ts';
import { runUntil } from './run-until.ts';

/** A worker's `run` and `stop`. */
function worker() {
  const run = Promise.withResolvers<void>();
  return { run: () => run.promise, stop: () => run.resolve(), fail: (error: Error) => run.reject(error) };
}

const never = new Promise<never>(() => {});

test('resolves as the promise does, after the worker has stopped', async () => {
  const { run, stop } = worker();
  const order: string[] = [];
  const stopLater = () => {
    order.push('stop');
    stop();
  };
  const result = runUntil(
    () => run().then(() => void order.push('stopped')),
    stopLater,
    async () => 42,
  );
  expect(await result).toBe(42);
  expect(order).toEqual(['stop', 'stopped']);
  const { run: run2, stop: stop2 } = worker();
  expect(await runUntil(run2, stop2, Promise.resolve('a promise'))).toBe('a promise');
});

test('rejects as the promise does', () => {
  const { run, stop } = worker();
  const throwing = () => {
    throw new Error('inner');
  };
  expect(runUntil(run, stop, throwing)).rejects.toThrow('inner');
});

test('rejects as the worker does', () => {
  const { run, stop, fail } = worker();
  const inner = async () => fail(new Error('worker'));
  expect(runUntil(run, stop, inner)).rejects.toThrow('worker');
});

test('rejects with both errors', async () => {
  const { run, stop, fail } = worker();
  const error = await runUntil(run, stop, async () => {
    fail(new Error('worker'));
    throw new Error('inner');
  }).catch((error) => error);
  expect(error).toBeInstanceOf(CombinedWorkerRunError);
  expect(error.cause).toMatchObject({ workerError: new Error('worker'), innerError: new Error('inner') });
});

test('does not wait for the promise once the worker has stopped', () => {
  const { run, stop } = worker();
  stop();
  expect(runUntil(run, stop, never)).rejects.toBeInstanceOf(PromiseCompletionTimeoutError);
});

test('waits for the promise as long as it is told to', async () => {
  const { run, stop } = worker();
  stop();
  const late = Promise.withResolvers<string>();
  run().then(() => late.resolve('late'));
  expect(await runUntil(run, stop, late.promise, { promiseCompletionTimeout: '1 minute' })).toBe('late');
});
