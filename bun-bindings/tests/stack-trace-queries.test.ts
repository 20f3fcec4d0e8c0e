import { describe, expect, test } from 'bun:test';
import { enhancedStackTraceQuery, stackTraceQuery } from '@temporalio/workflow';
import { useServer } from './support/test-server.ts';
import { withWorker } from './support/test-worker.ts';

const server = useServer();
const workflowsPath = `${import.meta.dir}/fixtures/waiting-workflows.ts`;

describe.each([
  ['with a cache', {}],
  ['without a cache', { maxCachedWorkflows: 0 }],
  ['with a context for each run', { reuseV8Context: false }],
])('%s', (_name, options) => {
  test('stack-trace queries say where a workflow waits', async () => {
    const atSecond = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const activities = {
      async greet(name: string): Promise<string> {
        if (name === 'second') {
          atSecond.resolve();
          await release.promise;
        }
        return name;
      },
    };
    const workerOptions = { ...options, workflowsPath, activities, showStackTraceSources: true };
    await withWorker(server, workerOptions, async ({ client, taskQueue }) => {
      const handle = await client.workflow.start('order', { taskQueue, workflowId: crypto.randomUUID() });
      await atSecond.promise;
      const lines = (await handle.query(stackTraceQuery)).split('\n');
      expect(lines.slice(1)).toEqual([
        expect.stringMatching(/^ {4}at firstThenSecond \(\/.*\/waiting-workflows\.ts:\d+:\d+\)$/),
        expect.stringMatching(/^ {4}at async checkout \(\/.*\/waiting-workflows\.ts:\d+:\d+\)$/),
        expect.stringMatching(/^ {4}at async order \(\/.*\/waiting-workflows\.ts:\d+:\d+\)$/),
      ]);

      const { stacks, sources } = await handle.query(enhancedStackTraceQuery);
      expect(stacks).toHaveLength(1);
      const [top] = stacks[0]?.locations.filter((location) => !location.internal_code) ?? [];
      expect(top?.function_name).toBe('firstThenSecond');
      const content = sources[top?.file_path ?? '']?.[0]?.content ?? '';
      expect(content.split('\n')[(top?.line ?? 0) - 1]).toContain("greet('second')");

      release.resolve();
      expect(await handle.result()).toBe('second!');
      // A workflow that is done waits for nothing.
      expect(await handle.query(stackTraceQuery)).toBe('');
    });
  }, 60_000);
});
