import { describe, expect, test } from 'bun:test';
import * as workflows from '../fixtures/handlers/intercepted.ts';
import { failureOf, start, taskFailure } from '../support/observe.ts';
import type { RecordingLogger } from '../support/recording-logger.ts';
import type { TestServer } from '../support/test-server.ts';
import { withWorker } from '../support/test-worker.ts';
import { useWorker } from '../support/use-worker.ts';

const fixtures = `${import.meta.dir}/../fixtures/handlers`;
const workflowsPath = `${fixtures}/intercepted.ts`;

/** Interceptors that throw. */
export function brokenInterceptorTests(server: TestServer, logger: RecordingLogger): void {
  const broken = { workflowsPath, interceptors: { workflowModules: [`${fixtures}/broken-interceptors.ts`] } };
  const worker = useWorker(server, broken);
  const startBrief = (where: string) =>
    start(worker, workflows.brief, [], { workflowId: `${where} ${crypto.randomUUID()}` });

  describe.each(['factory', 'execute', 'activate', 'concludeActivation'])('%s', (where) => {
    test('fails the workflow task', async () => {
      const handle = await startBrief(where);
      const failure = await taskFailure(worker, handle);
      expect(failure.message).toBe(`thrown by ${where}`);
      expect(failure.stackTrace).toContain('fixtures/handlers/broken-interceptors.ts:');
      await handle.terminate();
      expect(await (await startBrief('nothing')).result()).toBeUndefined();
    });
  });

  test('execute fails the workflow with a failure', async () => {
    expect(await failureOf(await startBrief('failing execute'))).toMatchObject({
      message: 'thrown by failing execute',
    });
  });

  test('dispose is only logged', async () => {
    const workflowId = `dispose ${crypto.randomUUID()}`;
    await withWorker(server, broken, async (running) => {
      expect(await (await start(running, workflows.brief, [], { workflowId })).result()).toBeUndefined();
    });
    const line = logger.lines.find(({ meta }) => (meta?.error as Error | undefined)?.message === 'thrown by dispose');
    expect(line?.message).toBe('Failed to dispose Workflow during eviction');
  });

  test('a module whose interceptors are no function fails the workflow task', async () => {
    const interceptors = { workflowModules: [`${fixtures}/no-interceptors.ts`] };
    await withWorker(server, { workflowsPath, interceptors }, async (running) => {
      const handle = await start(running, workflows.brief, []);
      expect((await taskFailure(running, handle)).message).toBe(
        "Failed to initialize workflows interceptors: expected a function, but got: 'not a function'",
      );
      await handle.terminate();
    });
  });

  test('a module without interceptors does nothing', async () => {
    const interceptors = { workflowModules: [`${fixtures}/call-notes.ts`] };
    await withWorker(server, { workflowsPath, interceptors }, async (running) => {
      expect(await (await start(running, workflows.brief, [])).result()).toBeUndefined();
    });
  });
}
