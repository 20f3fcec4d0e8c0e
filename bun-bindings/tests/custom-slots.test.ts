import { describe, expect, test } from 'bun:test';
import type {
  CustomSlotSupplier,
  FixedSizeSlotSupplier,
  SlotInfo,
  SlotMarkUsedContext,
  SlotPermit,
  SlotReleaseContext,
  SlotReserveContext,
} from '../src/worker/tuner/worker-tuner.ts';
import { manyLocalActivities } from './fixtures/tuning-workflows.ts';
import * as workflows from './fixtures/workflows.ts';
import { start } from './support/observe.ts';
import { useServer } from './support/test-server.ts';
import { withWorker } from './support/test-worker.ts';

const server = useServer();

/** Gives out `limit` slots, and keeps a record. */
class CountingSlots<SI extends SlotInfo> implements CustomSlotSupplier<SI> {
  readonly type = 'custom';
  readonly contexts: SlotReserveContext[] = [];
  readonly used: SI[] = [];
  readonly released: (SI | undefined)[] = [];
  readonly out = new Set<SlotPermit>();
  mostOut = 0;
  tried = 0;
  failuresToCome = 0;
  /** Resolves when one who waits is told to stop. */
  readonly aborted: Promise<void>;
  readonly #noteAbort: () => void;
  readonly #waiting: (() => void)[] = [];

  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;

    const { promise, resolve } = Promise.withResolvers<void>();
    this.aborted = promise;
    this.#noteAbort = resolve;
  }

  async reserveSlot(context: SlotReserveContext, abortSignal: AbortSignal): Promise<SlotPermit> {
    this.contexts.push(context);
    if (this.failuresToCome-- > 0) throw new Error('not now');
    while (this.out.size >= this.#limit) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      abortSignal.addEventListener('abort', () => {
        this.#noteAbort();
        this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
        reject(abortSignal.reason);
      });
      await promise;
    }
    return this.#give();
  }

  tryReserveSlot(): SlotPermit | null {
    this.tried++;
    return this.out.size < this.#limit ? this.#give() : null;
  }

  markSlotUsed({ slotInfo, permit }: SlotMarkUsedContext<SI>): void {
    expect(this.out.has(permit)).toBe(true);
    this.used.push(slotInfo);
  }

  releaseSlot({ slotInfo, permit }: SlotReleaseContext<SI>): void {
    expect(this.out.delete(permit)).toBe(true);
    this.released.push(slotInfo);
    this.#waiting.shift()?.();
  }

  #give(): SlotPermit {
    const permit = { number: this.contexts.length };
    this.out.add(permit);
    this.mostOut = Math.max(this.mostOut, this.out.size);
    return permit;
  }
}

const fixed: FixedSizeSlotSupplier = { type: 'fixed-size', numSlots: 10 };

function tunerWith(change: object) {
  return {
    workflowTaskSlotSupplier: fixed,
    activityTaskSlotSupplier: fixed,
    localActivityTaskSlotSupplier: fixed,
    nexusTaskSlotSupplier: fixed,
    ...change,
  };
}

describe('a custom slot supplier', () => {
  test('for activities limits how many run at once, and gets every slot back', async () => {
    const slots = new CountingSlots(2);
    let running = 0;
    let mostRunning = 0;
    const two = Promise.withResolvers<void>();
    const activities = {
      async greet(name: string): Promise<string> {
        mostRunning = Math.max(mostRunning, ++running);
        if (running === 2) two.resolve();
        await two.promise;
        running--;
        return `Hello, ${name}!`;
      },
    };
    const tuner = tunerWith({ activityTaskSlotSupplier: slots });
    await withWorker(server, { tuner, activities, identity: 'me' }, async ({ client, taskQueue }) => {
      const execute = (name: string) =>
        client.workflow.execute(workflows.hello, { taskQueue, workflowId: crypto.randomUUID(), args: [name] });
      await Promise.all(Array.from({ length: 12 }, (_, index) => execute(`${index}`)));
      expect(slots.contexts[0]).toEqual({
        slotType: 'activity',
        taskQueue,
        workerIdentity: 'me',
        workerBuildId: expect.stringMatching(/^temporal-bun-sdk@/),
        workerDeploymentVersion: { deploymentName: '', buildId: expect.any(String) },
        isSticky: false,
      });
    });
    expect(mostRunning).toBe(2);
    expect(slots.mostOut).toBe(2);
    expect(slots.used).toHaveLength(12);
    expect(slots.used[0]).toEqual({ type: 'activity', activityType: 'greet' } as SlotInfo);
    expect(slots.released.filter((info) => info !== undefined)).toHaveLength(12);
    // Workflow tasks asked for slots of activities that they could start themselves.
    expect(slots.tried).toBeGreaterThan(0);
    // The polls that were under way at the end gave theirs back, or were told to stop waiting.
    expect(slots.out.size).toBe(0);
  }, 60_000);

  test('for workflow tasks is told of sticky ones', async () => {
    // One for each poll: core keeps no slot of a custom supplier back for either kind of poll.
    const slots = new CountingSlots(10);
    await withWorker(
      server,
      { tuner: tunerWith({ workflowTaskSlotSupplier: slots }) },
      async ({ client, taskQueue }) => {
        await client.workflow.execute(workflows.hello, { taskQueue, workflowId: crypto.randomUUID(), args: ['you'] });
      },
    );
    expect(new Set(slots.contexts.map(({ isSticky }) => isSticky))).toEqual(new Set([true, false]));
    expect(slots.used).toContainEqual({ type: 'workflow', workflowType: 'hello', isSticky: false } as SlotInfo);
    expect(slots.used).toContainEqual({ type: 'workflow', workflowType: 'hello', isSticky: true } as SlotInfo);
    expect(slots.out.size).toBe(0);
  }, 60_000);

  test('that is waited for at the shutdown learns that nobody waits any more', async () => {
    // An activity has the only slot until the one who waits for it is told to stop.
    const slots = new CountingSlots(1);
    const started = Promise.withResolvers<void>();
    const activities = {
      async greet(): Promise<string> {
        started.resolve();
        await slots.aborted;
        return 'Goodbye';
      },
    };
    const tuner = tunerWith({ activityTaskSlotSupplier: slots });
    await withWorker(server, { tuner, activities }, async ({ client, taskQueue }) => {
      await client.workflow.start(workflows.hello, { taskQueue, workflowId: crypto.randomUUID(), args: ['you'] });
      await started.promise;
    });
    expect(slots.out.size).toBe(0);
  }, 60_000);

  test('that fails is asked again', async () => {
    const slots = new CountingSlots(3);
    slots.failuresToCome = 1;
    const result = await withWorker(
      server,
      { tuner: tunerWith({ activityTaskSlotSupplier: slots }), maxEagerActivityReservationsPerWorkflowTask: 0 },
      ({ client, taskQueue }) =>
        client.workflow.execute(workflows.hello, { taskQueue, workflowId: crypto.randomUUID(), args: ['you'] }),
    );
    expect(result).toBe('Hello, you!');
  }, 60_000);

  test('for local activities limits how many run at once', async () => {
    const slots = new CountingSlots(2);
    const two = Promise.withResolvers<void>();
    let running = 0;
    const work = async () => {
      if (++running === 2) two.resolve();
      await two.promise;
    };
    const tuner = tunerWith({ localActivityTaskSlotSupplier: slots });
    const workflowsPath = `${import.meta.dir}/fixtures/tuning-workflows.ts`;
    await withWorker(server, { tuner, workflowsPath, activities: { work } }, async (worker) => {
      await (await start(worker, manyLocalActivities, [7])).result();
      expect(slots.contexts[0]).toMatchObject({ slotType: 'local-activity', taskQueue: worker.taskQueue });
    });
    expect(slots.mostOut).toBe(2);
    expect(slots.used).toEqual(Array(7).fill({ type: 'local-activity', activityType: 'work' }));
    expect(slots.out.size).toBe(0);
  }, 60_000);

  test('knows the version of the worker', async () => {
    const slots = new CountingSlots(3);
    const version = { deploymentName: 'shop', buildId: '7' };
    await withWorker(
      server,
      {
        tuner: tunerWith({ activityTaskSlotSupplier: slots }),
        workerDeploymentOptions: { version, useWorkerVersioning: false },
      },
      ({ client, taskQueue }) =>
        client.workflow.execute(workflows.hello, { taskQueue, workflowId: crypto.randomUUID(), args: ['you'] }),
    );
    expect(slots.contexts[0]).toMatchObject({ workerBuildId: '7', workerDeploymentVersion: version });
  }, 60_000);

  test.each(['tryReserveSlot', 'markSlotUsed', 'releaseSlot'] as const)(
    'whose %s throws does not stop the worker',
    async (method) => {
      const slots = new CountingSlots(5);
      let thrown = 0;
      slots[method] = () => {
        thrown++;
        throw new RangeError('the supplier is broken');
      };
      const result = await withWorker(
        server,
        { tuner: tunerWith({ activityTaskSlotSupplier: slots }) },
        ({ client, taskQueue }) =>
          client.workflow.execute(workflows.hello, { taskQueue, workflowId: crypto.randomUUID(), args: ['you'] }),
      );
      expect(result).toBe('Hello, you!');
      expect(thrown).toBeGreaterThan(0);
    },
    60_000,
  );
});
