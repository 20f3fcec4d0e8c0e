import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { MessageChannel as ThreadChannel, Worker as ThreadWorker } from 'node:worker_threads';
import { Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '../testing/mock-activity-environment.ts';

const ANSWERS = 'require("node:worker_threads").parentPort.postMessage(1)';

function here(): string {
  try {
    return Context.current().info.activityId;
  } catch {
    return 'nowhere';
  }
}

/** Ways to be called back; each gives where the callback finds itself. */
const ways: Record<string, () => Promise<string>> = {
  'a listener of AbortSignal.timeout': () =>
    new Promise((resolve) => AbortSignal.timeout(1).addEventListener('abort', () => resolve(here()))),
  'onabort of AbortSignal.timeout': () =>
    new Promise((resolve) => {
      AbortSignal.timeout(1).onabort = () => resolve(here());
    }),
  'AbortSignal.any with a timeout': () =>
    new Promise((resolve) =>
      AbortSignal.any([AbortSignal.timeout(1)]).addEventListener('abort', () => resolve(here())),
    ),
  'a listener of a port': () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', () => {
        resolve(here());
        port1.close();
      });
      port1.start();
      port2.postMessage(1);
    }),
  'a listener object of a port': () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', {
        handleEvent() {
          resolve(here());
          port1.close();
        },
      });
      port1.start();
      port2.postMessage(1);
    }),
  'onmessage of a port': () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        resolve(here());
        port1.close();
      };
      port2.postMessage(1);
    }),
  'a listener of a port of node:worker_threads': () =>
    new Promise((resolve) => {
      const { port1, port2 } = new ThreadChannel();
      port1.on('message', () => {
        resolve(here());
        port1.close();
      });
      port2.postMessage(1);
    }),
  'a channel': () =>
    new Promise((resolve) => {
      const name = crypto.randomUUID();
      const [from, to] = [new BroadcastChannel(name), new BroadcastChannel(name)];
      to.onmessage = () => {
        resolve(here());
        to.close();
        from.close();
      };
      from.postMessage(1);
    }),
  'a thread of node:worker_threads': () =>
    new Promise((resolve) => {
      const thread = new ThreadWorker(ANSWERS, { eval: true });
      thread.once('message', () => {
        resolve(here());
        void thread.terminate();
      });
    }),
  'a web worker': () =>
    new Promise((resolve) => {
      const thread = new Worker('data:text/javascript,postMessage(1)');
      thread.onmessage = () => {
        resolve(here());
        thread.terminate();
      };
    }),
};

test.each(Object.entries(ways))('an activity is called back in its context by %s', async (_name, call) => {
  const environment = new MockActivityEnvironment({ activityId: 'mine' });
  expect(await environment.run(call)).toBe('mine');
  // Two at once, and code that is in none.
  const other = new MockActivityEnvironment({ activityId: 'other' });
  expect(await Promise.all([environment.run(call), other.run(call), call()])).toEqual(['mine', 'other', 'nowhere']);
});

test('listeners that an activity has added can be removed, and handlers are what was set', async () => {
  const environment = new MockActivityEnvironment();
  const seen: string[] = [];
  await environment.run(async () => {
    const { port1, port2 } = new MessageChannel();
    const listener = () => void seen.push('removed');
    const handler = () => void seen.push('handler');
    port1.addEventListener('message', listener);
    port1.removeEventListener('message', listener);
    port1.onmessage = handler;
    expect(port1.onmessage).toBe(handler);
    const received = once(port1 as never, 'message');
    port2.postMessage(1);
    await received;
    port1.onmessage = null;
    expect(port1.onmessage).toBeNull();
    port1.close();
  });
  expect(seen).toEqual(['handler']);
});

test('a time limit is refused as outside of activities', async () => {
  const refusal = (call: () => unknown) => {
    try {
      return call();
    } catch (error) {
      return String(error);
    }
  };
  const outside = refusal(() => AbortSignal.timeout(-1));
  expect(outside).toBeString();
  expect(await new MockActivityEnvironment().run(async () => refusal(() => AbortSignal.timeout(-1)))).toBe(outside);
});

test('Promise.any says what has failed', async () => {
  const error = await new MockActivityEnvironment().run(() =>
    Promise.any([Promise.reject(1)]).catch(({ name, message, stack, errors, ...rest }) => ({
      ...{ name, message, stack, errors },
      rest,
    })),
  );
  expect(error).toEqual({
    name: 'AggregateError',
    message: 'All promises were rejected',
    stack: 'AggregateError: All promises were rejected',
    errors: [1],
    rest: {},
  });
});
