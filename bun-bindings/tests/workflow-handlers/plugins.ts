import { expect, test } from 'bun:test';
import { Client } from '@temporalio/client';
import { SimplePlugin } from '@temporalio/plugin';
import type { WorkerPlugin } from '../../src/worker/plugin.ts';
import { WorkerRuntime } from '../../src/worker/worker.ts';
import { type BundlerPlugin, bundleWorkflowCode } from '../../src/workflow/bundling/bundler.ts';
import * as workflows from '../fixtures/handlers/intercepted.ts';
import * as activities from '../fixtures/handlers/interceptor-activities.ts';
import { start } from '../support/observe.ts';
import type { TestServer } from '../support/test-server.ts';
import { withWorker } from '../support/test-worker.ts';

const fixtures = `${import.meta.dir}/../fixtures/handlers`;
const outer = `${fixtures}/outer-interceptors.ts`;
const inner = `${fixtures}/interceptors.ts`;

/** Plugins that bring workflows and interceptors along. */
export function pluginTests(server: TestServer): void {
  /** Which interceptors `execute` went through. */
  const pathOf = (calls: string[]): string[] => calls.filter((call) => /^(outer )?execute/.test(call));
  const both = ['outer execute', 'execute, by nobody', 'executed', 'outer executed'];

  test('a plugin that configures the bundler brings interceptors and other workflows', async () => {
    const plugin: BundlerPlugin & WorkerPlugin = {
      name: 'for the bundler',
      configureBundler: ({ workflowInterceptorModules = [], ...options }) => ({
        ...options,
        workflowsPath: `${fixtures}/intercepted.ts`,
        workflowInterceptorModules: [outer, ...workflowInterceptorModules],
      }),
    };
    const options = {
      workflowsPath: `${fixtures}/traced.ts`,
      interceptors: { workflowModules: [inner] },
      plugins: [plugin],
    };
    await withWorker(server, options, async (worker) => {
      const { calls } = await (await start(worker, workflows.poked, [0])).result();
      expect(pathOf(calls)).toEqual(both);
    });
  });

  test('the plugin library of Temporal works as it is, for workers, bundles, clients and replays', async () => {
    const context: string[] = [];
    const plugin = new SimplePlugin({
      name: 'simple',
      workflowsPath: `${fixtures}/intercepted.ts`,
      activities: { brought: async () => 'by the plugin' },
      workerInterceptors: { workflowModules: [outer, inner] },
      clientInterceptors: { workflow: [{ query: async (input, next) => [await next(input)] }] },
      async runContext(next) {
        context.push('begins');
        await next();
        context.push('ends');
      },
    });
    const plugins = [plugin as unknown as WorkerPlugin & BundlerPlugin];
    const run = async (options: object): Promise<unknown> =>
      withWorker(server, { workflowsPath: undefined, plugins, ...options }, async ({ worker, client, taskQueue }) => {
        const configured = new Client({ connection: client.connection, plugins: [plugin] });
        const handle = await start({ worker, client: configured, taskQueue }, workflows.poked, [0]);
        const { calls } = await handle.result();
        expect(pathOf(calls)).toEqual(both);
        expect(await handle.query<unknown, []>('recall')).toMatchObject([{ answer: ['recall'] }]);
        expect(worker.options.activities.has('brought')).toBe(true);
        return handle.fetchHistory();
      });
    const history = await run({ workflowsPath: `${fixtures}/traced.ts`, activities });
    const { code } = await bundleWorkflowCode({ workflowsPath: `${fixtures}/traced.ts`, plugins });
    await run({ workflowBundle: { code } });
    expect(context).toEqual(['begins', 'ends', 'begins', 'ends']);
    await WorkerRuntime.runReplayHistory({ plugins }, history);
  });
}
