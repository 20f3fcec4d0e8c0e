// Shows `explore`: it finds the mistake of each workflow in `workflows.ts`, and says how it comes about.
import { expect, test } from 'bun:test';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { ExplorationError, type ExploredRun, explore } from '@temporalio/worker/testing';
import { createActivities, World } from './activities.ts';
import { addItem, cart, coin, order, orderThatForgets, seat } from './workflows.ts';

// Workers warn of the faults that they meet.
Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: 'OFF' } },
});

/** Explores `body` with a world of its own for each run. */
async function exploreWorlds(seeds: number, body: (run: ExploredRun, world: World) => Promise<void>) {
  let world = new World();
  const worker = () => {
    world = new World();
    return { workflowsPath: require.resolve('./workflows.ts'), activities: createActivities(world) };
  };
  return explore({ worker, seeds }, (run) => body(run, world));
}

/** The mistake that is found in a body. `SHOW=1` prints it, and how long that took. */
async function mistakeIn(body: (run: ExploredRun, world: World) => Promise<void>): Promise<ExplorationError> {
  const error = await exploreWorlds(200, body).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ExplorationError);
  const { message, foundAfterMs } = error as ExplorationError;
  if (process.env.SHOW) console.log(`${message}\nFound after ${Math.round(foundAfterMs)} ms`);
  return error as ExplorationError;
}

test('a workflow forgets to handle a lost activity', async () => {
  const { schedule } = await mistakeIn(async ({ client, taskQueue }, world) => {
    const options = { taskQueue, workflowId: 'order', args: ['7'] as [string] };
    await client.workflow.execute(orderThatForgets, options).catch(() => undefined);
    expect(world.reserved.size).toBe(0);
  });
  const faults = schedule.filter(({ fault }) => fault !== undefined);
  expect(faults.map(({ place }) => place)).toEqual(['activity charge (2) of order, attempt 1']);
}, 60_000);

test('an update comes before the state is ready', async () => {
  const { message } = await mistakeIn(async ({ client, taskQueue }) => {
    const handle = await client.workflow.start(cart, { taskQueue, workflowId: 'cart' });
    await handle.executeUpdate(addItem, { args: ['a book'] });
    expect(await handle.result()).toEqual(['a pen', 'a book']);
  });
  expect(message).toContain('undefined is not an object');
}, 60_000);

test('the loser of a race matters', async () => {
  const { message } = await mistakeIn(async ({ client, taskQueue }, world) => {
    await client.workflow.execute(seat, { taskQueue, workflowId: 'seat' });
    expect(world.held.size).toBe(0);
  });
  expect(message).toContain('activity hold');
}, 60_000);

test('code is not deterministic', async () => {
  const { message } = await mistakeIn(async ({ client, taskQueue }) => {
    await client.workflow.execute(coin, { taskQueue, workflowId: 'coin' });
  });
  expect(message).toContain('Nondeterminism');
}, 60_000);

test('a workflow without a mistake passes', async () => {
  const { runs, faults } = await exploreWorlds(20, async ({ client, taskQueue }, world) => {
    await client.workflow.execute(order, { taskQueue, workflowId: 'order', args: ['7'] });
    expect(world.reserved.size).toBe(0);
    expect(world.charged.length).toBeLessThan(2);
  });
  expect(runs).toBe(20);
  expect(faults).toBeGreaterThan(0);
}, 60_000);
