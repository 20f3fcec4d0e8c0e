import { expect, jest, test } from 'bun:test';
import { RecordingLogger } from '../../../tests/support/recording-logger.ts';
import { GracefulShutdownPeriodExpiredError } from '../../errors.ts';
import { ShutdownController } from './shutdown-controller.ts';

function start({ forceTimeMs, initiate }: { forceTimeMs?: number; initiate?: () => void } = {}) {
  const order: string[] = [];
  const drained = Promise.withResolvers<void>();
  const finalized = Promise.withResolvers<void>();
  const controller = new ShutdownController(
    {
      initiate() {
        order.push('initiate');
        initiate?.();
      },
      finalize() {
        order.push('finalize');
        return finalized.promise;
      },
      async release() {
        order.push('release');
      },
    },
    new RecordingLogger(),
    forceTimeMs,
  );
  const finished = controller.supervise(drained.promise, () => order.push('drained'));
  finished.catch(() => undefined);
  return { controller, order, drained, finalized, finished };
}

test('goes through its phases in order', async () => {
  const { controller, order, drained, finalized, finished } = start();
  expect(controller.phase).toBe('running');
  controller.initiate();
  controller.initiate();
  expect(controller.phase).toBe('shutting-down');
  drained.resolve();
  await Promise.resolve()
    .then(() => {})
    .then(() => {});
  expect(controller.phase).toBe('finalizing');
  expect(order).toEqual(['initiate', 'drained', 'finalize']);
  finalized.resolve();
  await finished;
  expect(controller.phase).toBe('finished');
  expect(order).toEqual(['initiate', 'drained', 'finalize', 'release']);
});

test('the force time ends it while work goes on', async () => {
  const { controller, order, finished } = start({ forceTimeMs: 5 });
  controller.initiate();
  const error = await finished.catch((error) => error);
  expect(error).toBeInstanceOf(GracefulShutdownPeriodExpiredError);
  expect(order).toEqual(['initiate', 'release']);
});

test('the force time also covers the second phase', async () => {
  const { controller, order, drained, finished } = start({ forceTimeMs: 5 });
  controller.initiate();
  drained.resolve();
  await finished.catch((error) => order.push(error.constructor.name));
  expect(order).toEqual(['initiate', 'drained', 'finalize', 'release', 'GracefulShutdownPeriodExpiredError']);
});

test('the force time begins with the shutdown', async () => {
  jest.useFakeTimers();
  try {
    const { controller, order, finished } = start({ forceTimeMs: 1000 });
    jest.advanceTimersByTime(5000);
    controller.initiate();
    jest.advanceTimersByTime(999);
    expect(order).toEqual(['initiate']);
    jest.advanceTimersByTime(1);
    await finished.catch((error) => order.push(error.constructor.name));
    expect(order).toEqual(['initiate', 'release', 'GracefulShutdownPeriodExpiredError']);
  } finally {
    jest.useRealTimers();
  }
});

test('a failure shuts down in order, and the first one counts', async () => {
  const { controller, order, drained, finalized, finished } = start();
  controller.fail(new Error('first'));
  controller.fail(new Error('second'));
  drained.resolve();
  finalized.reject(new Error('third'));
  expect(finished).rejects.toThrow('first');
  await finished.catch(() => undefined);
  expect(order).toEqual(['initiate', 'drained', 'finalize', 'release']);
});

test('a shutdown that cannot be initiated ends at once', async () => {
  const { controller, order, finished } = start({
    initiate() {
      throw new Error('no worker');
    },
  });
  controller.initiate();
  await finished.catch(({ message }) => order.push(message));
  expect(order).toEqual(['initiate', 'release', 'no worker']);
});
