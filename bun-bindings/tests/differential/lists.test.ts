import { beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { temporal } from '@temporalio/proto';
import { useTestEnvironment } from '../../src/testing/index.ts';
import { temporalCli } from '../support/dev-server.ts';
import { complete, errorOf, Hand, namespace } from './by-hand.ts';

setDefaultTimeout(60_000);
const types = temporal.api.enums.v1.IndexedValueType;
const searchAttributes = {
  Kw: types.INDEXED_VALUE_TYPE_KEYWORD,
  Num: types.INDEXED_VALUE_TYPE_INT,
  Dbl: types.INDEXED_VALUE_TYPE_DOUBLE,
  Flag: types.INDEXED_VALUE_TYPE_BOOL,
  Day: types.INDEXED_VALUE_TYPE_DATETIME,
  Txt: types.INDEXED_VALUE_TYPE_TEXT,
  Lst: types.INDEXED_VALUE_TYPE_KEYWORD_LIST,
};

const real = useTestEnvironment({ server: { executable: { type: 'existing-path', path: temporalCli() } } });
const embedded = useTestEnvironment({ embedded: true, server: { time: 'real' } });
const hands: Hand[] = [];

const attributesOf: Record<string, Record<string, unknown>> = {
  a: { Kw: 'a', Num: 1, Dbl: 1, Flag: true, Day: '2024-01-01T00:00:00Z', Txt: 'hello big world', Lst: ['x', 'y'] },
  b: { Kw: 'b', Num: 3, Dbl: 2.5, Flag: false, Day: '2025-01-01T00:00:00Z', Txt: 'Big dogs', Lst: ['y'] },
  c: { Kw: "it's", Num: -4, Dbl: -0.5, Txt: 'small-cat', Lst: ['x'] },
  d: {},
  e: { Kw: 'ab' },
};

beforeAll(async () => {
  for (const env of [embedded, real]) {
    const hand = new Hand(env);
    await env.nativeConnection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    for (const [name, attributes] of Object.entries(attributesOf)) {
      await start(hand, name, attributes);
      // The first one ends before there is a task of another.
      if (name === 'a') await hand.step([complete()]);
    }
    await hand.service.terminateWorkflowExecution({ namespace, workflowExecution: { workflowId: hand.id('e') } });
    hands.push(hand);
    await untilListed(hand, 'ExecutionStatus = "Running"', 3);
    await untilListed(hand, 'ExecutionStatus != "Running"', 2);
  }
});

/** Starts a workflow. The real server knows of new attributes a moment after they were added. */
async function start(hand: Hand, name: string, attributes: Record<string, unknown>): Promise<void> {
  const indexedFields = Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [
      key,
      { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) },
    ]),
  );
  const started = await errorOf(hand.start(name, { searchAttributes: { indexedFields } }));
  if (JSON.stringify(started).includes('no mapping defined')) return start(hand, name, attributes);
  expect(started).toBe('accepted');
}

/** Asks until the index has it: the real server writes that a moment later. */
async function untilListed(hand: Hand, query: string, count: number): Promise<void> {
  const counted = await hand.service.countWorkflowExecutions({ namespace, query });
  if (Number(counted.count) !== count) await untilListed(hand, query, count);
}

/** The workflows that a query finds, in their order, or its error. */
const found = (hand: Hand, query: string) => foundBy(() => hand.service.listWorkflowExecutions({ namespace, query }));

/** The letters of the workflows that a list gives, in its order, or the error of the list. */
async function foundBy(list: () => Promise<{ executions?: Entries }>): Promise<unknown> {
  return list().then(
    ({ executions }) => lettersOf(executions),
    () => errorOf(list()),
  );
}

type Entries = temporal.api.workflow.v1.IWorkflowExecutionInfo[] | null | undefined;

const lettersOf = (executions: Entries) =>
  executions?.map(({ execution }) => execution?.workflowId?.charAt(0)).join('');

const queries = [
  '',
  "Kw = 'a'",
  "Kw != 'a'",
  "NOT Kw = 'a'",
  "Kw NOT IN ('a')",
  "Kw IN ('a', 'b')",
  'Kw IS NULL',
  'NOT Kw IS NULL',
  "Kw > 'a'",
  "Kw BETWEEN 'a' AND 'b'",
  "Kw STARTS_WITH 'a'",
  "NOT Kw STARTS_WITH 'a'",
  'Kw STARTS_WITH 5',
  "Kw LIKE 'a%'",
  "Kw NOT LIKE 'a%'",
  'Kw = a',
  'Kw = NULL',
  'Kw = 5',
  "Kw = 'it''s'",
  'Kw = "it\'s"',
  'Kw',
  'true',
  '1',
  '1 = 1',
  "Kw IS 'a'",
  'Flag IS TRUE',
  "Kw = 'a' AND Kw = 'a' OR Num = 3",
  "Kw = 'a' AND (Kw = 'a' OR Num = 3)",
  "NOT (Kw = 'a' OR Num = 3)",
  "NOT (Kw = 'a' AND Num = 1)",
  "Kw = 'a' LIMIT 1",
  "Kw = 'a' GROUP BY ExecutionStatus",
  'Num > 2',
  'Num NOT BETWEEN 1 AND 2',
  'Num BETWEEN 3 AND 1',
  "Num = '3'",
  "Num = 'x'",
  'Num = 1.5',
  'Num != 1',
  "Num STARTS_WITH '1'",
  'Dbl > -1',
  "Dbl = '2.5'",
  'Flag = true',
  "Flag = 'true'",
  'Flag = 1',
  'Flag != true',
  'Flag BETWEEN 0 AND 1',
  "Day > '2024-06-01T00:00:00Z'",
  "Day > '2024-06-01'",
  "Day NOT BETWEEN '2023-01-01T00:00:00Z' AND '2024-06-01T00:00:00Z'",
  'Day > 1.5',
  "Txt = 'big'",
  "Txt = 'world dogs'",
  "Txt = 'bi'",
  "Txt = 'cat'",
  "Txt != 'big'",
  "Txt = ''",
  "Txt IN ('big')",
  "Txt STARTS_WITH 'hello'",
  "Txt BETWEEN 'a' AND 'z'",
  "Lst = 'x'",
  "Lst != 'x'",
  "NOT Lst = 'x'",
  "Lst IN ('x', 'y')",
  "Lst NOT IN ('x')",
  'Lst IS NULL',
  'Lst = 5',
  "Lst STARTS_WITH 'x'",
  "Lst > 'x'",
  "Lst BETWEEN 'x' AND 'z'",
  'CloseTime IS NULL',
  "CloseTime > '2000-01-01T00:00:00Z'",
  "CloseTime < '2100-01-01T00:00:00Z'",
  "CloseTime NOT BETWEEN '2000-01-01T00:00:00Z' AND '2100-01-01T00:00:00Z'",
  "ExecutionDuration >= '0s'",
  "ExecutionDuration < '1h30m'",
  "ExecutionDuration < '01:00:00'",
  "ExecutionDuration < '5d'",
  'ExecutionDuration < 1000000000000',
  'HistoryLength > 1',
  'StateTransitionCount IS NULL',
  "ExecutionStatus = 'WORKFLOW_EXECUTION_STATUS_RUNNING'",
  "ExecutionStatus != 'Running'",
  'ExecutionStatus = 1',
  "ExecutionStatus IN (1, 'Completed')",
  "ExecutionStatus > 'Running'",
  "ExecutionStatus STARTS_WITH 'R'",
  "ExecutionStatus = 'running'",
  'StartTime > 1700000000000000000',
  "StartTime > '2020-01-01T00:00:00Z' AND StartTime < '2300-01-01T00:00:00+02:00'",
  'StartTime = true',
  "ParentWorkflowId IS NULL AND Kw = 'a'",
  "ScheduleId = 'x'",
  "kw = 'a'",
  "Unheard LIKE 'x'",
];

test.each(queries)('the list of %j', async (query) => {
  const [ours, theirs] = await Promise.all(hands.map((hand) => found(hand, query)));
  expect(ours).toEqual(theirs);
});

type Open = temporal.api.workflowservice.v1.IListOpenWorkflowExecutionsRequest;
type Closed = temporal.api.workflowservice.v1.IListClosedWorkflowExecutionsRequest;

/** When a workflow of this name started, as the server's lists say. */
async function startOf(hand: Hand, name: string) {
  const { executions } = await hand.service.listWorkflowExecutions({
    namespace,
    query: `WorkflowId = '${hand.id(name)}'`,
  });
  return executions?.[0]?.startTime;
}

const at = (seconds: number) => ({ seconds: seconds as never });
const PAST = at(0);
const FUTURE = at(4_102_444_800);

const ofOpen: Record<string, (hand: Hand) => Open | Promise<Open>> = {
  'no filter': () => ({}),
  'a workflow': (hand) => ({ executionFilter: { workflowId: hand.id('b') } }),
  'a workflow that has ended': (hand) => ({ executionFilter: { workflowId: hand.id('a') } }),
  'a name with a quote': () => ({ executionFilter: { workflowId: "it's" } }),
  'no name': () => ({ executionFilter: {} }),
  'a type': () => ({ typeFilter: { name: 'by-hand' } }),
  'another type': () => ({ typeFilter: { name: 'else' } }),
  'starts from one on': async (hand) => ({ startTimeFilter: { earliestTime: await startOf(hand, 'c') } }),
  'starts up to one': async (hand) => ({ startTimeFilter: { latestTime: await startOf(hand, 'c') } }),
  'starts from one to another': async (hand) => ({
    startTimeFilter: { earliestTime: await startOf(hand, 'b'), latestTime: await startOf(hand, 'c') },
    typeFilter: { name: 'by-hand' },
  }),
  'starts to come': () => ({ startTimeFilter: { earliestTime: FUTURE } }),
  'no time': () => ({ startTimeFilter: {} }),
  'times the wrong way round': () => ({ startTimeFilter: { earliestTime: FUTURE, latestTime: PAST } }),
  'no such namespace': () => ({ namespace: 'nowhere', startTimeFilter: { earliestTime: FUTURE, latestTime: PAST } }),
};

test.each(Object.entries(ofOpen))('the list of open workflows by %s', async (_, requestOf) => {
  const found = async (hand: Hand) => {
    const request: Open = { namespace, ...(await requestOf(hand)) };
    return foundBy(() => hand.service.listOpenWorkflowExecutions(request));
  };
  const [ours, theirs] = await Promise.all(hands.map(found));
  expect(ours).toEqual(theirs);
});

const ofClosed: Record<string, (hand: Hand) => Closed> = {
  'no filter': () => ({}),
  'a workflow': (hand) => ({ executionFilter: { workflowId: hand.id('e') } }),
  'a type': () => ({ typeFilter: { name: 'by-hand' } }),
  'ends up to now': () => ({ startTimeFilter: { earliestTime: PAST, latestTime: FUTURE } }),
  'ends to come': () => ({ startTimeFilter: { earliestTime: FUTURE } }),
  'ends before all': () => ({ startTimeFilter: { latestTime: PAST } }),
  'times the wrong way round': () => ({ startTimeFilter: { earliestTime: FUTURE, latestTime: PAST } }),
  // All statuses, those that a run which has ended cannot have, and one that is none.
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5, 6, 7, 99].map((status) => [
      `status ${status}`,
      () => ({ statusFilter: { status: status as never } }),
    ]),
  ),
};

test.each(Object.entries(ofClosed))('the list of closed workflows by %s', async (_, requestOf) => {
  const found = (hand: Hand) =>
    foundBy(() => hand.service.listClosedWorkflowExecutions({ namespace, ...requestOf(hand) }));
  const [ours, theirs] = await Promise.all(hands.map(found));
  expect(ours).toEqual(theirs);
});

test.each(['', "Kw = 'a' OR Kw = 'b'", 'Kw', 'GROUP BY ExecutionStatus'])('a scan for %j', async (query) => {
  const found = ({ service }: Hand) => foundBy(() => service.scanWorkflowExecutions({ namespace, query }));
  const [ours, theirs] = await Promise.all(hands.map(found));
  expect(ours).toEqual(theirs);
});

test('pages of all kinds of lists', async () => {
  const kinds = {
    open: ({ service }: Hand, maximumPageSize: number, nextPageToken?: Uint8Array | null) =>
      service.listOpenWorkflowExecutions({ namespace, maximumPageSize, nextPageToken }),
    closed: ({ service }: Hand, maximumPageSize: number, nextPageToken?: Uint8Array | null) =>
      service.listClosedWorkflowExecutions({ namespace, maximumPageSize, nextPageToken }),
    scanned: ({ service }: Hand, pageSize: number, nextPageToken?: Uint8Array | null) =>
      service.scanWorkflowExecutions({ namespace, pageSize, nextPageToken }),
  };
  const pagesOf = async (hand: Hand, list: (typeof kinds)['open'], size: number) => {
    const pages: unknown[] = [];
    let nextPageToken: Uint8Array | null | undefined;
    do {
      const page = await list(hand, size, nextPageToken);
      pages.push(lettersOf(page.executions));
      nextPageToken = page.nextPageToken;
    } while (nextPageToken?.length);
    return pages;
  };
  for (const list of Object.values(kinds))
    for (const size of [1, 2, 3, 0, -1]) {
      const [ours, theirs] = await Promise.all(hands.map((hand) => pagesOf(hand, list, size)));
      expect(ours).toEqual(theirs);
    }
});

test('the list of clusters has one', async () => {
  const listed = async ({ env }: Hand, pageSize: number) => {
    const { clusters, nextPageToken } = await env.nativeConnection.operatorService.listClusters({ pageSize });
    // Nobody can connect to the embedded server, and its id says that it is one.
    const same = clusters?.map(({ address: _, httpAddress: __, clusterId: ___, ...cluster }) => cluster);
    return JSON.stringify({ same, goesOn: Boolean(nextPageToken?.length) });
  };
  for (const size of [1, 2, 0, -1]) {
    const [ours, theirs] = await Promise.all(hands.map((hand) => listed(hand, size)));
    expect(ours).toBe(theirs);
  }
});

test('a page of the list of clusters is followed by none', async () => {
  const { operatorService } = embedded.nativeConnection;
  const { nextPageToken } = await operatorService.listClusters({ pageSize: 1 });
  const { clusters, nextPageToken: last } = await operatorService.listClusters({ pageSize: 1, nextPageToken });
  expect([clusters, last?.length]).toEqual([[], 0]);
});

test('counts have their groups in one order', async () => {
  const groupsOf = async ({ service }: Hand) => {
    const { groups } = await service.countWorkflowExecutions({ namespace, query: 'GROUP BY ExecutionStatus' });
    return groups?.map(({ groupValues, count }) => [String(groupValues?.[0]?.data), Number(count)]);
  };
  const [ours, theirs] = await Promise.all(hands.map(groupsOf));
  expect(ours).toEqual(theirs);
});

test('pages are as long as was asked for, and entries have the same fields', async () => {
  const pagesOf = async ({ service }: Hand, pageSize: number) => {
    const pages: unknown[] = [];
    let nextPageToken: Uint8Array | undefined;
    do {
      const page = await service.listWorkflowExecutions({ namespace, pageSize, nextPageToken });
      // The real server adds the builds of workers to the search attributes.
      const fields = (one: object) =>
        Object.keys(one)
          .filter((name) => name !== 'searchAttributes')
          .sort();
      pages.push(page.executions?.map((one) => [one.execution?.workflowId?.charAt(0), fields(one)]));
      nextPageToken = page.nextPageToken;
    } while (nextPageToken?.length);
    return pages;
  };
  for (const size of [1, 2, 5, 6, 0, -1]) {
    const [ours, theirs] = await Promise.all(hands.map((hand) => pagesOf(hand, size)));
    expect(ours).toEqual(theirs);
  }
});
