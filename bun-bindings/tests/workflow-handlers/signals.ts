import { expect, test } from 'bun:test';
import { ApplicationFailure } from '@temporalio/common';
import * as workflows from '../fixtures/handlers/signals.ts';
import { failureOf, start, taskFailure } from '../support/observe.ts';
import { beforeTheWorker, type Subject } from './subject.ts';

export function signalTests(subject: Subject): void {
  const { worker } = subject;

  test.concurrent('many that come before the first task are handled in it, in their order', async () => {
    const texts = Array.from({ length: 30 }, (_, index) => `note ${index}`);
    const notes = await beforeTheWorker(
      subject,
      async (client, options) => {
        const handle = await client.workflow.start(workflows.notebook, { ...options, args: [texts.length] });
        for (const text of texts) await handle.signal(workflows.note, text);
        return handle;
      },
      (handle) => handle.result(),
    );
    expect(notes.map(({ text }) => text)).toEqual(texts);
    expect(new Set(notes.map(({ historyLength }) => historyLength)).size).toBe(1);
  });

  test.concurrent('one that starts the workflow is the first', async () => {
    const { client, taskQueue } = worker;
    const handle = await client.workflow.signalWithStart(workflows.notebook, {
      taskQueue,
      workflowId: crypto.randomUUID(),
      args: [2],
      signal: workflows.note,
      signalArgs: ['with the start'],
    });
    await handle.signal(workflows.note, 'after it');
    expect((await handle.result()).map(({ text }) => text)).toEqual(['with the start', 'after it']);
  });

  test.concurrent('those without a handler wait for it, and run when it is set, before the workflow goes on', async () => {
    const heard = await beforeTheWorker(
      subject,
      async (client, options) => {
        const handle = await client.workflow.start(workflows.lateListener, options);
        await handle.signal(workflows.note, '1');
        await handle.signal(workflows.aside, '2');
        await handle.signal(workflows.note, '3');
        await handle.signal(workflows.aside, '4');
        return handle;
      },
      (handle) => handle.result(),
    );
    expect(heard).toEqual(['before aside', 'aside 2', 'aside 4', 'before note', 'note 1', 'note 3', 'end']);
  });

  test.concurrent('those that come after a handler was removed wait for the next', async () => {
    const handle = await start(worker, workflows.deafForAWhile, []);
    await handle.signal(workflows.note, 'first');
    await handle.signal(workflows.note, 'second');
    await handle.signal(workflows.aside, 'now');
    expect(await handle.result()).toEqual(['first', 'listening again', 'second']);
  });

  test.concurrent('asynchronous handlers take turns, and allHandlersFinished() knows when the last is done', async () => {
    const heard = await beforeTheWorker(
      subject,
      async (client, options) => {
        const handle = await client.workflow.start(workflows.slowListener, options);
        await handle.signal(workflows.note, 'a');
        await handle.signal(workflows.note, 'b');
        await handle.signal(workflows.finish);
        return handle;
      },
      (handle) => handle.result(),
    );
    expect(heard.slice(0, 2)).toEqual(['a begins', 'b begins']);
    for (const name of ['a', 'b']) {
      const own = heard.filter((entry) => entry.startsWith(name));
      expect(own).toEqual([`${name} begins`, `${name} goes on`, `${name} ends`]);
    }
  });

  test.concurrent.each([
    [workflows.fragile, 'the handler gave up'],
    [workflows.fragileLater, 'the handler gave up later'],
  ])('a failure that a handler throws fails the workflow: %p', async (workflow, message) => {
    const handle = await start(worker, workflow, []);
    await handle.signal(workflows.fail, true);
    const failure = (await failureOf(handle)) as ApplicationFailure;
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ message, type: 'GaveUp', nonRetryable: true });
    expect(failure.stack).toContain('fixtures/handlers/signals.ts:');
  });

  test.concurrent.each([
    [workflows.fragile, 'a bug in the handler'],
    [workflows.fragileLater, 'a bug in the handler, later'],
  ])('any other error of a handler fails the task, and the workflow lives on: %p', async (workflow, message) => {
    const handle = await start(worker, workflow, []);
    await handle.signal(workflows.fail, false);
    const failure = await taskFailure(worker, handle);
    expect(failure.message).toBe(message);
    expect(failure.stackTrace).toMatch(/^RangeError: .*\n +at .*fixtures\/handlers\/signals\.ts:/);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate();
  });

  test.concurrent('arguments of all kinds arrive', async () => {
    const handle = await start(worker, workflows.argumentTypes, []);
    await handle.signal('anything', 1, 'two', { three: [4] }, null, new Uint8Array([5, 6]), undefined, false);
    expect(await handle.result()).toEqual([1, 'two', { three: [4] }, 'nothing', [5, 6], 'nothing', false]);
  });
}
