import { afterAll, beforeAll, expect, test } from 'bun:test';
import { coresdk } from '@temporalio/proto';
import { IsolateDriver, startJob } from '../../../../../tests/support/isolate-driver.ts';

const { WorkflowActivation } = coresdk.workflow_activation;
let driver: IsolateDriver;
beforeAll(async () => {
  driver = await IsolateDriver.open({
    workflowsPath: `${import.meta.dir}/../../../../../tests/fixtures/isolate-workflows.ts`,
  });
});
afterAll(() => driver.host.close());

test.each([
  ['', ''],
  ['eight letters and more', 'exactly 8 and then some'],
  ['other scripts', 'naïve Ελληνικά 日本語'],
  ['characters beyond the first plane', '😀 family 👨‍👩‍👧'],
  ['a byte-order mark', '\uFEFFmarked'],
  ['what stands for an unreadable character', 'un\uFFFDreadable'],
  ['a null character', 'a\0b'],
  ['a long text', 'é'.repeat(5_000)],
])('%s arrives as it was sent', async (_, workflowId) => {
  const { result } = await driver.start('info', [], { init: { workflowId } });
  expect((result as { workflowId: string }).workflowId).toBe(workflowId);
});

test('text that is not UTF-8 is refused', async () => {
  const runId = crypto.randomUUID();
  const bytes = WorkflowActivation.encode({
    runId,
    timestamp: { seconds: 1_000 as never, nanos: 0 },
    jobs: [startJob('info', [], runId, { workflowId: 'x-broken-x' })],
  }).finish();
  bytes[Buffer.from(bytes).indexOf('broken')] = 0xff;
  await expect(driver.host.activate(bytes)).rejects.toThrow();
});
