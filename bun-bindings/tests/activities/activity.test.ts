import { describe, expect, test } from 'bun:test';
import { activityInfo, CompleteAsyncError, Context, heartbeat } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import {
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  CancelledFailure,
  type LocalActivityOptions,
  type Payload,
  type PayloadCodec,
  TimeoutFailure,
} from '@temporalio/common';
import { NativeConnection } from '../../src/connection/index.ts';
import type { WorkerOptions } from '../../src/worker/options/worker-options.ts';
import * as workflows from '../fixtures/activity-workflows.ts';
import { useDevServer } from '../support/dev-server.ts';
import { type RunningWorker, withWorker } from '../support/test-worker.ts';
import {
  call,
  callLocal,
  causeOf,
  failureOf,
  once,
  quickly,
  withActivities as withActivitiesOn,
} from './activity-worker.ts';

const server = useDevServer();

/** Runs a worker with these activities while `fn` does. */
const withActivities = <R>(
  activities: object,
  fn: (running: RunningWorker) => Promise<R>,
  options?: Partial<WorkerOptions>,
) => withActivitiesOn(server, activities, fn, options);

describe('an activity', () => {
  test('gets its arguments and gives its result', async () => {
    const run = async (a: number, b: { c: string }) => ({ a, c: b.c, type: activityInfo().workflowType });
    expect(await withActivities({ run }, (worker) => call(worker, once, [1, { c: 'x' }]))).toEqual({
      a: 1,
      c: 'x',
      type: 'runActivity',
    });
  });

  test('may be a method, or the default one', async () => {
    class Greeter {
      readonly #greeting: string;

      constructor(greeting: string) {
        this.#greeting = greeting;
      }
      async run(name: string) {
        return `${this.#greeting}, ${name}`;
      }
      async default() {
        return `any ${activityInfo().activityType}`;
      }
    }
    await withActivities(new Greeter('Hello'), async (worker) => {
      expect(await call(worker, once, ['you'])).toBe('Hello, you');
      expect(await call(worker, once, [], 'other')).toBe('any other');
    });
  });

  test('may use a client of the worker', async () => {
    const run = () =>
      Context.current()
        .client.workflow.getHandle(activityInfo().workflowExecution?.workflowId ?? '')
        .describe()
        .then(({ type }) => type);
    expect(await withActivities({ run }, call)).toBe('runActivity');
  });

  test('sees what a payload codec has decoded, and the workflow too', async () => {
    const flip = async (payloads: Payload[]) =>
      payloads.map(({ metadata, data }) => ({ metadata, data: data?.map((byte) => byte ^ 0xff) }));
    const codec: PayloadCodec = { encode: flip, decode: flip };
    const dataConverter = { payloadCodecs: [codec] };
    const run = async (text: string) => {
      heartbeat('details');
      if (activityInfo().attempt === 1) throw new Error('once more');
      return `${text} and ${activityInfo().heartbeatDetails}`;
    };
    await withActivities(
      { run },
      async ({ taskQueue }) => {
        const connection = await NativeConnection.connect({ address: server.address });
        const client = new Client({ connection, dataConverter });
        const result = await call({ client, taskQueue } as RunningWorker, quickly, ['text']);
        expect(result).toBe('text and details');
        await connection.close();
      },
      { dataConverter },
    );
  });
});

describe('a failure', () => {
  test('of an error reaches the workflow with its type, cause and stack trace', async () => {
    const run = async () => {
      throw new RangeError('too far', { cause: new Error('because') });
    };
    const cause = await causeOf(withActivities({ run }, call));
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause).toMatchObject({
      type: 'RangeError',
      message: 'too far',
      nonRetryable: false,
      cause: { message: 'because' },
    });
    expect(cause?.stack).toContain('activity.test.ts');
    expect(cause?.stack).not.toContain('src/activity');
  });

  test('that is not to be retried is not', async () => {
    let attempts = 0;
    const run = async () => {
      attempts++;
      throw ApplicationFailure.nonRetryable('never', 'Final', { why: 1 });
    };
    const cause = await causeOf(withActivities({ run }, (worker) => call(worker, quickly)));
    expect(cause).toMatchObject({ type: 'Final', message: 'never', nonRetryable: true, details: [{ why: 1 }] });
    expect(attempts).toBe(1);
  });

  test('is retried until it succeeds', async () => {
    const run = async () => {
      const { attempt } = activityInfo();
      if (attempt < 3) throw new Error(`attempt ${attempt}`);
      return attempt;
    };
    expect(await withActivities({ run }, (worker) => call(worker, quickly))).toBe(3);
  });

  test('may say when to try again', async () => {
    const run = async () => {
      const { attempt, scheduledTimestampMs } = activityInfo();
      if (attempt === 1) throw ApplicationFailure.create({ nextRetryDelay: 10 });
      return Date.now() - scheduledTimestampMs;
    };
    // The retry policy alone would wait for an hour.
    const options: ActivityOptions = { startToCloseTimeout: '1 minute', retry: { initialInterval: '1 hour' } };
    expect(await withActivities({ run }, (worker) => call(worker, options))).toBeLessThan(60_000);
  });

  test('of an unknown activity names those that are there', async () => {
    const cause = await causeOf(withActivities({ one() {} }, (worker) => call(worker)));
    expect(cause).toMatchObject({
      type: 'NotFoundError',
      message: 'Activity function run is not registered on this Worker, available activities: ["one"]',
    });
  });
});

describe('a timeout', () => {
  /** Ends with its cancellation at the latest. */
  const run = () => Context.current().cancelled;

  test('from start to close', async () => {
    const cause = await causeOf(
      withActivities({ run }, (worker) => call(worker, { ...once, startToCloseTimeout: 500 })),
    );
    expect(cause).toBeInstanceOf(TimeoutFailure);
    expect(cause).toMatchObject({ timeoutType: 'START_TO_CLOSE' });
  });

  test('of heartbeats keeps the last details', async () => {
    const silentAfterOne = () => {
      heartbeat('once');
      return Context.current().cancelled;
    };
    const cause = await causeOf(
      withActivities({ run: silentAfterOne }, (worker) => call(worker, { ...once, heartbeatTimeout: 700 })),
    );
    expect(cause).toBeInstanceOf(TimeoutFailure);
    expect(cause).toMatchObject({ timeoutType: 'HEARTBEAT', lastHeartbeatDetails: 'once' });
  });
});

describe('heartbeats', () => {
  test('give the next attempt the details of the last one', async () => {
    const run = async () => {
      const { attempt, heartbeatDetails } = activityInfo();
      if (attempt > 1) return heartbeatDetails;
      for (let at = 1; at <= 10; at++) heartbeat({ at });
      throw new Error('half way');
    };
    expect(await withActivities({ run }, (worker) => call(worker, quickly))).toEqual({ at: 10 });
  });
});

describe('cancellation', () => {
  /** A workflow that cancels the activity `run` once that runs. */
  async function cancel(
    { client, taskQueue }: RunningWorker,
    started: Promise<void>,
    options: ActivityOptions & { local?: boolean },
  ): Promise<unknown> {
    const workflowId = crypto.randomUUID();
    const handle = await client.workflow.start(workflows.cancelActivity, {
      taskQueue,
      workflowId,
      args: ['run', options],
      // A workflow that waits for a local activity sees signals when it renews its task, before that times out.
      workflowTaskTimeout: '1s',
    });
    await started;
    await handle.signal(workflows.cancelNow);
    return handle.result();
  }

  /** An activity that heartbeats, until what `fn` does when it is cancelled is done. */
  function heartbeating(fn: (context: Context) => unknown) {
    const started = Promise.withResolvers<void>();
    const run = async () => {
      const context = Context.current();
      const beat = setInterval(() => context.heartbeat(), 50);
      started.resolve();
      try {
        return await fn(context);
      } finally {
        clearInterval(beat);
      }
    };
    return { run, started: started.promise };
  }

  const waiting: ActivityOptions = { ...once, heartbeatTimeout: 500, cancellationType: 'WAIT_CANCELLATION_COMPLETED' };

  test('is a CancelledFailure in the activity, and in the workflow', async () => {
    let requested: boolean | undefined;
    const { run, started } = heartbeating(async (context) => {
      await context.cancelled.catch((error) => {
        requested = context.cancellationDetails?.cancelRequested;
        throw error;
      });
    });
    const cause = await causeOf(withActivities({ run }, (worker) => cancel(worker, started, waiting)));
    expect(cause).toBeInstanceOf(CancelledFailure);
    expect(requested).toBe(true);
  });

  test('may be ignored', async () => {
    const { run, started } = heartbeating(({ cancelled }) => cancelled.catch(() => 'finished all the same'));
    expect(await withActivities({ run }, (worker) => cancel(worker, started, waiting))).toBe('finished all the same');
  });

  test('reaches a local activity', async () => {
    const { run, started } = heartbeating(({ cancelled }) => cancelled);
    const options = { local: true, startToCloseTimeout: '1 minute' } as const;
    const cause = await causeOf(withActivities({ run }, (worker) => cancel(worker, started, options)));
    expect(cause).toBeInstanceOf(CancelledFailure);
  });
});

describe('completion from elsewhere', () => {
  function asynchronous() {
    const token = Promise.withResolvers<Uint8Array>();
    const run = async () => {
      token.resolve(activityInfo().taskToken);
      throw new CompleteAsyncError();
    };
    return { run, token: token.promise };
  }

  test('by task token', async () => {
    const { run, token } = asynchronous();
    await withActivities({ run }, async (worker) => {
      const result = call(worker);
      await worker.client.activity.complete(await token, 'from outside');
      expect(await result).toBe('from outside');
    });
  });

  test('with a failure', async () => {
    const { run, token } = asynchronous();
    const cause = await causeOf(
      withActivities({ run }, async (worker) => {
        const result = call(worker);
        await worker.client.activity.fail(await token, new Error('outside'));
        return result;
      }),
    );
    expect(cause).toMatchObject({ message: 'outside' });
  });
});

describe('a local activity', () => {
  const options: LocalActivityOptions = {
    startToCloseTimeout: '1 minute',
    retry: { initialInterval: 10, maximumAttempts: 3 },
  };

  test('gets its arguments and gives its result', async () => {
    const run = async (name: string) => ({ name, isLocal: activityInfo().isLocal });
    expect(await withActivities({ run }, (worker) => callLocal(worker, options, ['x']))).toEqual({
      name: 'x',
      isLocal: true,
    });
  });

  test('is retried', async () => {
    const run = async () => {
      const { attempt } = activityInfo();
      if (attempt < 3) throw new Error('not yet');
      return attempt;
    };
    expect(await withActivities({ run }, (worker) => callLocal(worker, options))).toBe(3);
  });

  test('fails its workflow in the end', async () => {
    const run = async () => {
      throw new TypeError('local');
    };
    const failure = await failureOf(withActivities({ run }, (worker) => callLocal(worker, options)));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'TypeError', message: 'local' });
  });

  test.each([
    ['START_TO_CLOSE', { startToCloseTimeout: 200, retry: { maximumAttempts: 1 } }],
    ['SCHEDULE_TO_CLOSE', { scheduleToCloseTimeout: 200 }],
  ] as const)('times out and is cancelled: %s', async (timeoutType, timeouts) => {
    const learned = Promise.withResolvers<unknown>();
    const run = () =>
      Context.current().cancelled.catch((error) => {
        learned.resolve([error.message, Context.current().cancellationDetails?.timedOut]);
        throw error;
      });
    await withActivities({ run }, async (worker) => {
      const failure = await failureOf(callLocal(worker, timeouts));
      expect(failure).toBeInstanceOf(ActivityFailure);
      expect(failure?.cause).toBeInstanceOf(TimeoutFailure);
      expect(failure?.cause).toMatchObject({ timeoutType });
      expect(await learned.promise).toEqual(['TIMED_OUT', true]);
    });
  });

  test('runs on a worker that takes no remote ones', async () => {
    const run = async () => 'local only';
    const result = await withActivities({ run }, (worker) => callLocal(worker, options), {
      enableNonLocalActivities: false,
    });
    expect(result).toBe('local only');
  });
});

test('a worker may have activities only', async () => {
  const run = async () => 'from another worker';
  await withActivities({}, async (worker) => {
    const { taskQueue } = worker;
    await withWorker(
      server,
      { activities: { run }, taskQueue: `${taskQueue}-activities`, workflowsPath: undefined },
      async () => {
        expect(await call(worker, { ...once, taskQueue: `${taskQueue}-activities` })).toBe('from another worker');
      },
    );
  });
});

test('two hundred activities at once all complete', async () => {
  let running = 0;
  let most = 0;
  const all = Promise.withResolvers<void>();
  // None ends before fifty run.
  const run = async (index: number) => {
    most = Math.max(most, ++running);
    if (running >= 50) all.resolve();
    await all.promise;
    running--;
    return index;
  };
  await withActivities({ run }, async (worker) => {
    const results = await Promise.all(Array.from({ length: 200 }, (_, index) => call(worker, once, [index])));
    expect(results).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });
  expect(most).toBeGreaterThanOrEqual(50);
}, 60_000);
