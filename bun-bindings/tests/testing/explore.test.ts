import { describe, expect, test } from 'bun:test';
import { Runtime } from '../../src/runtime/runtime.ts';
import { ExplorationError, explore, TestWorkflowEnvironment } from '../../src/testing/index.ts';
import * as activities from '../fixtures/activities.ts';
import { failsInReplay } from '../fixtures/failing-workflows.ts';
import { hello, parent } from '../fixtures/workflows.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

// Workers warn of the faults that they meet.
Runtime.install({ logger: new RecordingLogger(), telemetryOptions: { logging: { filter: 'OFF' } } });
const worker = { workflowsPath: `${import.meta.dir}/../fixtures/workflows.ts`, activities };

describe('a server with a seed', () => {
  test('tells what it has handed out', async () => {
    const env = await TestWorkflowEnvironment.createEmbedded({ seed: 1, faults: { pollLost: 1 }, onlyFaults: [] });
    try {
      await env.client.workflow.start('any', { taskQueue: 'nobody', workflowId: 'w' });
      expect(env.schedule()).toEqual([]);
    } finally {
      await env.teardown();
    }
  });

  test.each([
    [{ seed: -1 }, 'seed'],
    [{ seed: 0.5 }, 'seed'],
    [{ faults: { pollLost: 1.5 } }, 'faults.pollLost'],
    [{ faults: { rain: 0.5 } as object }, 'faults.rain'],
  ])('names the field of a wrong value: %j', async (options, field) => {
    expect(TestWorkflowEnvironment.createEmbedded(options)).rejects.toThrow(field);
  });
});

describe('explore', () => {
  test('runs a body on as many seeds as it is told, with faults', async () => {
    const seen: number[] = [];
    const { runs, faults } = await explore({ worker, seeds: 12 }, async ({ client, taskQueue, seed }) => {
      seen.push(seed);
      const greetings = await client.workflow.execute(parent, {
        taskQueue,
        workflowId: 'parent',
        args: [['Ada', 'Bob']],
      });
      expect(greetings).toEqual(['Hello, Ada!', 'Hello, Bob!']);
    });
    expect(runs).toBe(12);
    expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => index));
    expect(faults).toBeGreaterThan(0);
  }, 60_000);

  test('fails at the first seed that does, and repeats it', async () => {
    const body = async ({ client, taskQueue, env }: Parameters<Parameters<typeof explore>[1]>[0]) => {
      await client.workflow.execute(hello, { taskQueue, workflowId: 'hello', args: ['Ada'] });
      if (env.schedule().some(({ fault }) => fault === 'eviction')) throw new Error('evicted');
    };
    const failure = await explore({ worker, seeds: 100 }, body).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ExplorationError);
    const { seed, schedule, message, cause } = failure as ExplorationError;
    expect(schedule.filter(({ fault }) => fault !== undefined)).toEqual([
      { fault: 'eviction', place: expect.stringMatching(/^workflow task \d of hello/) },
    ]);
    expect(message).toContain('is answered, and the worker evicts the run');
    expect(message).toContain('workflowExecutionStarted');
    expect(message).toContain(`seed: ${seed}`);
    expect(cause).toEqual(new Error('evicted'));
    const again = await explore({ worker, seed }, body).catch((error: unknown) => error);
    expect((again as ExplorationError).seed).toBe(seed);
  }, 60_000);

  test('sees a workflow task that fails in a later attempt only, which no history tells of', async () => {
    const failing = { ...worker, workflowsPath: `${import.meta.dir}/../fixtures/failing-workflows.ts` };
    const faults = { answerLost: 1 };
    const run = explore({ worker: failing, seed: 1, faults, timeoutMs: 50_000 }, ({ client, taskQueue }) =>
      client.workflow.execute(failsInReplay, { taskQueue, workflowId: 'later' }),
    );
    await expect(run).rejects.toThrow('thrown in a replay');
  }, 60_000);

  test('ends a run that does not', async () => {
    const never = Promise.withResolvers<void>();
    const stuck = explore({ worker, seeds: 1, timeoutMs: 50 }, () => never.promise);
    await expect(stuck).rejects.toThrow('The run did not end within 50 ms');
  }, 60_000);
});
