import { expect, test } from 'bun:test';
import { noopMetricMeter } from '@temporalio/common';
import { RecordingLogger } from '../../../tests/support/recording-logger.ts';
import { compileWorkerOptions } from './compiled-options.ts';
import { loggableOptions } from './loggable-options.ts';
import type { WorkerOptions } from './worker-options.ts';

function described(options: Record<string, unknown>): Record<string, unknown> {
  const all = { taskQueue: 'queue', ...options } as unknown as WorkerOptions;
  const logged = loggableOptions(compileWorkerOptions(all, new RecordingLogger(), noopMetricMeter));
  const json = JSON.parse(JSON.stringify(logged));
  // Nothing is lost on the way to JSON, and nothing is called.
  expect(json).toEqual(logged);
  return json;
}

class Codec {
  readonly key = 'secret';
  readonly worker = this;
}

test('what has no form in JSON is text', () => {
  const cycle: Record<string, unknown> = { name: 'ring' };
  cycle.self = cycle;
  const shown = described({
    activities: { async greet() {} },
    plugins: [
      {
        name: 'odd',
        big: 5n,
        symbol: Symbol('mark'),
        missing: undefined,
        nothing: null,
        infinite: Infinity,
        cycle,
        list: [cycle, () => {}],
        twice: [[], []],
        map: new Map([['a', 1n]]),
        bare: Object.assign(Object.create(null), { a: 1 }),
        get broken() {
          throw new Error('no');
        },
        toJSON() {
          throw new Error('never called');
        },
      },
    ],
    dataConverter: { payloadCodecs: [new Codec()] },
    tuner: {
      workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 3 },
      activityTaskSlotSupplier: { type: 'fixed-size', numSlots: 3 },
      localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 3 },
      nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 3 },
    },
  });
  expect(shown).toMatchObject({
    taskQueue: 'queue',
    namespace: 'default',
    activities: { greet: '<function greet>' },
    plugins: [
      {
        name: 'odd',
        big: '5n',
        symbol: '<Symbol(mark)>',
        nothing: null,
        infinite: '<Infinity>',
        cycle: { name: 'ring', self: '<circular>' },
        list: [{ name: 'ring', self: '<circular>' }, '<function (anonymous)>'],
        twice: [[], []],
        map: { a: '1n' },
        bare: { a: 1 },
        broken: '<unreadable>',
        toJSON: '<function toJSON>',
      },
    ],
    dataConverter: { payloadCodecs: ['<Codec>'] },
    loadedDataConverter: { payloadCodecs: ['<Codec>'], payloadConverter: '<DefaultPayloadConverter>' },
    sinks: { __temporal_logger: { info: { fn: '<function fn>' } } },
    shutdownGraceTime: 0,
    maxHeartbeatThrottleIntervalMs: 60_000,
  });
  expect(JSON.stringify(shown)).not.toContain('secret');
});

test('the code of a bundle is a number of characters', () => {
  expect(described({ workflowBundle: { code: 'x'.repeat(5000) } }).workflowBundle).toEqual({
    code: '<string of length 5000>',
  });
  expect(described({ workflowBundle: { codePath: './bundle.js' } }).workflowBundle).toEqual({
    codePath: './bundle.js',
  });
});
