import { expect } from 'bun:test';
import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils';

export interface Replayed {
  workflowId: string;
  error: { name: string; message: string } | null;
}

/** Replays histories with `@temporalio/worker` on Node. `flags` are those of its script. */
export async function replayOnNode(
  recordings: { workflowId: string; history: History }[],
  ...flags: string[]
): Promise<Replayed[]> {
  const input = recordings.map(({ workflowId, history }) => ({
    workflowId,
    history: JSON.parse(historyToJSON(history)),
  }));
  const replaying = Bun.spawn(['node', `${import.meta.dir}/../upstream/replay.mjs`, ...flags], {
    stdin: new Blob([JSON.stringify(input)]),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [printed, errors] = await Promise.all([
    new Response(replaying.stdout).text(),
    new Response(replaying.stderr).text(),
  ]);
  expect(await replaying.exited, errors).toBe(0);
  return [...printed.matchAll(/^REPLAYED (.*)$/gm)].map(([, json = '']) => {
    const { workflowId, error } = JSON.parse(json);
    return { workflowId, error: error ?? null };
  });
}
