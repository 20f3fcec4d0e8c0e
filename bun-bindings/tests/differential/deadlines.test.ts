import { beforeAll, expect, test } from 'bun:test';
import { temporal } from '@temporalio/proto';
import { useTestEnvironment } from '../../src/testing/index.ts';
import { temporalCli } from '../support/dev-server.ts';
import { errorOf, Hand, namespace } from './by-hand.ts';

const { HistoryEventFilterType } = temporal.api.enums.v1;

const real = useTestEnvironment({ server: { executable: { type: 'existing-path', path: temporalCli() } } });
const embedded = useTestEnvironment({ embedded: true, server: { time: 'real' } });
const hands = new Map<string, Hand>();

beforeAll(async () => {
  for (const [name, env] of Object.entries({ real, embedded })) {
    const hand = new Hand(env);
    await hand.start('w');
    hands.set(name, hand);
  }
});

const calls: Record<string, (hand: Hand) => Promise<unknown>> = {
  'a description': (hand) => hand.describe('w'),
  'a start': (hand) => hand.start('late'),
  'a wait for the end': (hand) =>
    hand.service.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId: hand.id('w') },
      waitNewEvent: true,
      historyEventFilterType: HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
    }),
  'a query': query,
  'a check of the health': (hand) => hand.env.nativeConnection.healthService.check({}),
};

function query(hand: Hand): Promise<unknown> {
  return hand.service.queryWorkflow({ namespace, execution: { workflowId: hand.id('w') }, query: { queryType: 'q' } });
}

function within(hand: Hand, ms: number, call: (hand: Hand) => Promise<unknown>): Promise<unknown> {
  return errorOf(hand.env.nativeConnection.withDeadline(Date.now() + ms, () => call(hand)));
}

const OVER = { code: 4, details: 'the timeout of the call is over' };

test.each(Object.entries(calls))('%s whose deadline is now or has passed fails on both servers', async (_, call) => {
  for (const hand of hands.values()) {
    for (const ms of [0, -1_000]) expect(await within(hand, ms, call)).toEqual(OVER);
  }
});

test('a call whose time runs out while a server has it fails with one code, whichever clock is the first', async () => {
  for (const hand of hands.values()) {
    // The server, the connection and the library each have a clock. These are too many calls for one to win all of them.
    const errors = await Promise.all(Array.from({ length: 50 }, (_, ms) => within(hand, 5 + ms, query)));
    for (const error of errors) expect(error).toMatchObject({ code: 4 });
  }
});

test('a start that is too late starts nothing', async () => {
  for (const hand of hands.values()) {
    await within(hand, 0, () => hand.start('never'));
    expect(await errorOf(hand.describe('never'))).toMatchObject({ code: 5 });
  }
});
