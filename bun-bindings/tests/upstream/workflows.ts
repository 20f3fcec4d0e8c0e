/** Every command that a workflow can give, for workers of both kinds. */
import {
  ActivityCancellationType,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  continueAsNew,
  createNexusServiceClient,
  defineQuery,
  defineSignal,
  defineUpdate,
  deprecatePatch,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  Trigger,
  upsertMemo,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { operation, service } from 'nexus-rpc';
import type * as activities from './activities.mjs';

const { echo, fail, failTwice } = proxyActivities<typeof activities>({
  startToCloseTimeout: '20s',
  retry: { initialInterval: 10, maximumAttempts: 3 },
});
const local = proxyLocalActivities<typeof activities>({
  startToCloseTimeout: '20s',
  localRetryThreshold: '50ms',
  retry: { initialInterval: 200, maximumAttempts: 3 },
});

export const put = defineSignal<[value: string]>('put');
export const finish = defineSignal('finish');
export const values = defineQuery<string[]>('values');
export const add = defineUpdate<number, [value: string]>('add');

const messageOf = (error: unknown): string => {
  const { cause, message } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
};

export async function activitiesOfAllKinds(): Promise<unknown[]> {
  const results: unknown[] = await Promise.all([echo('a'), echo('b'), failTwice(workflowInfo().runId)]);
  results.push(await fail('on purpose').catch(messageOf));
  for (const cancellationType of Object.values(ActivityCancellationType)) {
    const { waitForCancellation } = proxyActivities<typeof activities>({
      startToCloseTimeout: '20s',
      heartbeatTimeout: '5s',
      cancellationType,
    });
    const scope = new CancellationScope();
    const waiting = scope.run(() => waitForCancellation());
    await sleep(50);
    scope.cancel();
    results.push(await waiting.catch(isCancellation));
  }
  const { never } = proxyActivities<typeof activities>({ scheduleToCloseTimeout: 100 });
  results.push(await never().catch((error) => (error as Error).name));
  return results;
}

export async function localActivities(): Promise<unknown[]> {
  const results: unknown[] = await Promise.all([local.echo('a'), local.echo('b')]);
  // The second attempt is beyond the threshold: a timer of the server.
  results.push(await local.failTwice(workflowInfo().runId));
  results.push(await local.fail('on purpose').catch(messageOf));
  return results;
}

export async function timers(): Promise<unknown[]> {
  const results: unknown[] = [];
  await Promise.all([sleep(5), sleep(10), sleep(1)]);
  const scope = new CancellationScope();
  const cancelled = scope.run(() => sleep('1 hour'));
  scope.cancel();
  results.push(await cancelled.catch(isCancellation));
  let open = false;
  setTimeout(() => {
    open = true;
  }, 20);
  results.push(await condition(() => open, '1 hour'), await condition(() => false, 10));
  const timeout = setTimeout(() => results.push('never'), 60_000);
  clearTimeout(timeout);
  results.push(await Promise.race([sleep('1 hour').then(() => 'late'), sleep(1).then(() => 'soon')]));
  results.push(
    await CancellationScope.withTimeout(10, () => sleep('1 hour')).catch(isCancellation),
    await CancellationScope.nonCancellable(() => sleep(1)),
  );
  return results;
}

export async function child(what: 'succeed' | 'fail' | 'wait'): Promise<string> {
  if (what === 'fail') throw ApplicationFailure.nonRetryable('child failed');
  if (what === 'wait') await sleep('1 hour');
  return `${what}ed`;
}

export async function children(): Promise<unknown[]> {
  const results: unknown[] = [
    await executeChild(child, { args: ['succeed'] }),
    await executeChild(child, { args: ['fail'] }).catch(messageOf),
  ];
  for (const cancellationType of Object.values(ChildWorkflowCancellationType)) {
    const scope = new CancellationScope();
    const started = new Trigger<void>();
    const waiting = scope.run(async () => {
      const handle = await startChild(child, {
        args: ['wait'],
        cancellationType,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      });
      started.resolve();
      return handle.result();
    });
    await started;
    scope.cancel();
    results.push(await waiting.catch(isCancellation));
  }
  const abandoned = await startChild(child, { args: ['wait'], parentClosePolicy: ParentClosePolicy.TERMINATE });
  results.push(
    await startChild(child, { args: ['wait'], workflowId: abandoned.workflowId }).catch(
      (error) => (error as Error).name,
    ),
  );
  return results;
}

export async function collector(): Promise<string[]> {
  const seen: string[] = [];
  let done = false;
  setHandler(values, () => seen);
  setHandler(put, async (value) => {
    seen.push(`${value} comes`);
    seen.push(await echo(`${value} is handled`));
  });
  setHandler(
    add,
    async (value) => {
      await sleep(5);
      seen.push(await echo(value));
      return seen.length;
    },
    {
      validator: (value) => {
        if (value === '') throw new Error('empty');
      },
    },
  );
  setHandler(finish, () => {
    done = true;
  });
  await condition(() => done && allHandlersFinished());
  return seen;
}

export async function externals(workflowId: string): Promise<unknown[]> {
  const target = getExternalWorkflowHandle(workflowId);
  await target.signal(put, 'from outside');
  await target.signal(finish);
  const missing = getExternalWorkflowHandle('there-is-no-such-workflow');
  return [
    await missing.signal(put, 'lost').catch((error) => (error as Error).name),
    await missing.cancel().catch((error) => (error as Error).name),
  ];
}

export async function patches(): Promise<string[]> {
  const ways = [patched('first') ? 'new' : 'old'];
  await sleep(1);
  ways.push(patched('first') ? 'new' : 'old', patched('second') ? 'new' : 'old');
  deprecatePatch('third');
  ways.push(await echo('end'));
  return ways;
}

export async function countdown(left: number): Promise<string> {
  if (left === 0) return 'done';
  await echo(`${left}`);
  return continueAsNew<typeof countdown>(left - 1);
}

export async function attributes(): Promise<unknown> {
  upsertSearchAttributes({ CustomText: ['one'] });
  upsertMemo({ note: 'first', other: 1 });
  await sleep(1);
  upsertSearchAttributes({ CustomText: [] });
  upsertMemo({ note: null });
  setCurrentDetails('Almost there');
  return [workflowInfo().memo, await echo('end')];
}

/** Finds another way where there is no `crypto` and no `performance`, and another order where engines sort differently. */
export async function waysAround(): Promise<string[]> {
  const ways: string[] = [];
  const { crypto, performance } = globalThis as { crypto?: Crypto; performance?: Performance };
  if (crypto === undefined) {
    await sleep(1);
    ways.push('chance');
  } else ways.push(crypto.randomUUID());
  if (performance === undefined) {
    await sleep(2);
    ways.push('the time of day');
  } else ways.push(typeof performance.now());
  for (const ms of [30, 10, 20].sort((a, b) => (a > b) as never)) await sleep(ms);
  return ways;
}

/** Tells of which kind these globals are, in the first task and in a later one. */
export async function beganElsewhere(): Promise<string[]> {
  const kinds: string[] = [typeof (globalThis as { crypto?: Crypto }).crypto];
  let isFinished = false;
  setHandler(values, () => kinds);
  setHandler(finish, () => {
    isFinished = true;
  });
  await condition(() => isFinished);
  return [...kinds, typeof (globalThis as { crypto?: Crypto }).crypto];
}

export async function chance(): Promise<unknown[]> {
  const results: unknown[] = [uuid4(), Math.random(), Date.now() > workflowInfo().startTime.getTime() - 1];
  for (let index = 0; index < 5; index++) {
    if (Math.random() < 0.5) await sleep(1 + Math.floor(Math.random() * 5));
    else results.push(await echo(uuid4()));
  }
  log.info('chance had it', { results });
  return results;
}

export async function cancelled(): Promise<string> {
  try {
    await Promise.all([sleep('1 hour'), condition(() => false)]);
    return 'never';
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => echo('clean up'));
    throw error;
  }
}

export async function failing(): Promise<void> {
  await echo('before');
  throw ApplicationFailure.create({
    message: 'failed',
    type: 'OnPurpose',
    details: [1, { two: 2 }],
    nonRetryable: true,
  });
}

/** An operation that a workflow does. */
export interface Errand {
  workflowId: string;
  forever?: boolean;
}

/** Operations that the worker of another task queue has. */
export const errands = service('errands', {
  /** Gives back its input, at once. */
  greet: operation<string, string>(),
  /** Fails, at once. */
  refuse: operation<string, string>(),
  /** Done by the workflow `errand`. */
  run: operation<Errand, string>(),
});

export async function errand({ forever }: Errand): Promise<string> {
  await condition(() => !forever);
  return 'done';
}

export async function nexusOperations(endpoint: string): Promise<unknown[]> {
  const client = createNexusServiceClient({ endpoint, service: errands });
  const run = (options = {}) =>
    client.startOperation('run', { workflowId: `errand-${uuid4()}`, forever: true }, options);
  const results: unknown[] = await Promise.all([
    client.executeOperation('greet', 'hello'),
    client.executeOperation('run', { workflowId: `errand-${uuid4()}` }),
  ]);
  results.push(await client.executeOperation('refuse', 'please').catch(messageOf));
  const late = await run({ scheduleToCloseTimeout: '1s' });
  results.push(await late.result().catch(messageOf));
  const cancelled = await CancellationScope.cancellable(async () => {
    const { result } = await run();
    CancellationScope.current().cancel();
    return await result();
  }).catch(messageOf);
  return [...results, cancelled];
}

/** Does something else than what its history says. */
export async function changing(): Promise<void> {
  if (workflowInfo().unsafe.isReplaying) await sleep(1);
  else await echo('live');
}
