import { describe, expect, mock, test } from 'bun:test';
import type { SinkCall } from '@temporalio/workflow';
import { RecordingLogger } from '../../../tests/support/recording-logger.ts';
import { SinkCaller } from './sink-caller.ts';

function call(name: string, args: unknown[] = [], { replaying = false } = {}): SinkCall {
  const [ifaceName, fnName] = name.split('.') as [string, string];
  const workflowInfo = { workflowId: 'wf', unsafe: { isReplayingHistoryEvents: replaying } };
  return { ifaceName, fnName, args, workflowInfo: workflowInfo as unknown as SinkCall['workflowInfo'] };
}

test('functions get the workflow and their arguments, in the order of the calls', () => {
  const seen: unknown[] = [];
  const fn = (info: { workflowId: string }, ...args: unknown[]) => void seen.push([info.workflowId, ...args]);
  new SinkCaller({ sink: { a: { fn }, b: { fn } } }, new RecordingLogger(), false).call([
    call('sink.a', [1]),
    call('sink.b', [2, 3]),
    call('sink.a'),
  ]);
  expect(seen).toEqual([['wf', 1], ['wf', 2, 3], ['wf']]);
});

describe('during replay', () => {
  test.each<[boolean, boolean | undefined, boolean, number]>([
    [false, undefined, false, 1],
    [true, undefined, false, 0],
    [true, false, false, 0],
    [true, true, false, 1],
    [false, undefined, true, 0],
    [true, true, true, 1],
  ])(
    'replaying %p, callDuringReplay %p, on a replay worker %p: %p calls',
    (replaying, callDuringReplay, replayWorker, times) => {
      const fn = mock();
      new SinkCaller({ s: { f: { fn, callDuringReplay } } }, new RecordingLogger(), replayWorker).call([
        call('s.f', [], { replaying }),
      ]);
      expect(fn).toHaveBeenCalledTimes(times);
    },
  );
});

test('errors are logged and the next call is made', async () => {
  const logger = new RecordingLogger();
  const last = mock();
  const sinks = {
    s: {
      throws: {
        fn() {
          throw new Error('thrown');
        },
      },
      rejects: { fn: () => Promise.reject(new Error('rejected')) },
      last: { fn: last },
    },
  };
  new SinkCaller(sinks, logger, false).call([call('no.sink'), call('s.throws'), call('s.rejects'), call('s.last')]);
  await Promise.resolve();
  expect(last).toHaveBeenCalledTimes(1);
  expect(
    logger.lines.map(({ message, meta }) => [message, `${meta?.ifaceName}.${meta?.fnName}`, meta?.error?.message]),
  ).toEqual([
    ['Workflow referenced an unregistered external sink', 'no.sink', undefined],
    ['External sink function threw an error', 's.throws', 'thrown'],
    ['External sink function threw an error', 's.rejects', 'rejected'],
  ]);
});

test('the old name of the logger sink still works', () => {
  const fn = mock();
  new SinkCaller({ __temporal_logger: { info: { fn } } }, new RecordingLogger(), false).call([
    call('defaultWorkerLogger.info'),
  ]);
  expect(fn).toHaveBeenCalledTimes(1);
});
