import { describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { WorkerRuntime } from '../../src/worker/worker.ts';

const folder = `${import.meta.dir}/histories`;
const workflowsPath = `${import.meta.dir}/../upstream/workflows.ts`;

async function readCorpus(file: string) {
  const bytes = await Bun.file(`${folder}/${file}`).bytes();
  const recordings: { workflowId: string; history: unknown }[] = JSON.parse(
    new TextDecoder().decode(Bun.gunzipSync(bytes)),
  );
  return recordings.map(({ workflowId, history }) => ({ workflowId, history: historyFromJSON(history) }));
}

async function replay(recordings: Awaited<ReturnType<typeof readCorpus>>) {
  const failures: string[] = [];
  let replayed = 0;
  for await (const { workflowId, error } of WorkerRuntime.runReplayHistories({ workflowsPath }, recordings)) {
    replayed++;
    if (error) failures.push(`${workflowId}: ${error.message}`);
  }
  return { replayed, failures };
}

const files = readdirSync(folder);

test('the corpus has histories of four versions of @temporalio/worker, and ours', () => {
  expect(files.toSorted()).toEqual([
    'ours-1.24.0.json.gz',
    'upstream-1.20.3.json.gz',
    'upstream-1.22.0.json.gz',
    'upstream-1.23.0.json.gz',
    'upstream-1.24.0.json.gz',
  ]);
});

describe('recorded histories replay', () => {
  test.each(files)(
    '%s',
    async (file) => {
      const recordings = await readCorpus(file);
      const { replayed, failures } = await replay(recordings);
      expect(failures).toEqual([]);
      expect(replayed).toBe(recordings.length);
      expect(replayed).toBeGreaterThan(20);
    },
    60_000,
  );
});

test('a history in which an activity has another name does not', async () => {
  const [recording] = (await readCorpus('upstream-1.20.3.json.gz')).filter(({ workflowId }) =>
    workflowId.startsWith('patches-'),
  );
  if (recording === undefined) throw new Error('the corpus has no patched workflow');
  for (const event of recording.history.events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType) scheduled.activityType.name = 'another';
  }
  const { failures } = await replay([recording]);
  expect(failures.join()).toContain('Nondeterminism error');
});
