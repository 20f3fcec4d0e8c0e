import { expect, test } from 'bun:test';
import type { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '../../src/testing/index.ts';
import { Hand } from './by-hand.ts';
import { viewsOf } from './views.ts';

/** Results of a scenario, and the histories that it has left. */
interface Seen {
  values?: unknown;
  histories?: temporal.api.history.v1.IHistory[];
}

/** Calls of a client and of a worker with one order of events. */
export type Scenario = (hand: Hand) => Promise<Seen>;

/** Makes a test of each scenario: it runs on the two servers, which must do the same. */
export function compareScenarios(
  embedded: TestWorkflowEnvironment,
  real: TestWorkflowEnvironment,
  scenarios: Record<string, Scenario>,
): void {
  test.each(Object.entries(scenarios))('%s', async (_, scenario) => {
    const [ours, theirs] = await Promise.all([see(embedded, scenario), see(real, scenario)]);
    expect(ours).toEqual(theirs);
  });
}

async function see(env: TestWorkflowEnvironment, scenario: Scenario): Promise<unknown> {
  const hand = new Hand(env);
  const { values, histories = [] } = await scenario(hand);
  const recordings = histories.map((history) => ({ history })) as Parameters<typeof viewsOf>[0];
  const named = (text: string) => text.replaceAll(hand.ids, 'ids').replaceAll(hand.taskQueue.name, 'queue');
  return {
    values: JSON.parse(named(JSON.stringify(values ?? null)).replace(UUID, 'uuid')),
    events: viewsOf(recordings).everything.map(named),
  };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
