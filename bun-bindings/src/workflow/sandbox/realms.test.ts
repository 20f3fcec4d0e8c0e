import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { IsolateDriver, signal } from '../../../tests/support/isolate-driver.ts';

const fixture = (name: string) => `${import.meta.dir}/../../../tests/fixtures/${name}.ts`;

describe.each([
  ['a realm for each run', false],
  ['a realm that runs share', true],
])('%s', (_, reuseV8Context) => {
  let isolate: IsolateDriver;

  beforeAll(async () => {
    isolate = await IsolateDriver.open(
      { workflowsPath: fixture('patching-workflows') },
      { reuseV8Context, isolateExecutionTimeoutMs: 300 },
    );
  });
  afterAll(() => isolate.host.close());

  test('lets a run change built-ins, for itself alone', async () => {
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
    await isolate.start('patches', ['one'], { runId: one });
    await isolate.start('patches', ['two'], { runId: two });
    expect((await isolate.start('sees')).result).toBe('undefined, [object Object], undefined');
    expect((await isolate.activate(one, [signal('goOn')])).result).toBe('last for one, [object of one], one');
    expect((await isolate.activate(two, [signal('goOn')])).result).toBe('last for two, [object of two], two');
  });

  test('keeps an endless loop to the run that it belongs to', async () => {
    const waiting = crypto.randomUUID();
    await isolate.start('patches', ['bystander'], { runId: waiting });
    const { failure } = await isolate.start('loops');
    expect(failure?.message).toContain('timed out after 300ms');
    expect((await isolate.activate(waiting, [signal('goOn')])).result).toContain('bystander');
  });

  test('is clean for a run that comes back', async () => {
    const runId = crypto.randomUUID();
    const before = isolate.host.cachedRuns;
    await isolate.start('patches', ['evicted'], { runId });
    expect(isolate.host.cachedRuns).toBe(before + 1);
    await isolate.evict(runId);
    expect(isolate.host.cachedRuns).toBe(before);
    // The same run comes back with a clean realm.
    expect((await isolate.start('sees', [], { runId })).result).toBe('undefined, [object Object], undefined');
  });

  test('is there for a run that could not be started, and goes with it', async () => {
    const runId = crypto.randomUUID();
    const { failure } = await isolate.activate(runId, [signal('goOn')]);
    expect(failure?.message).toContain('untracked workflow');
    expect((await isolate.evict(runId)).failure).toBeUndefined();
  });
});
