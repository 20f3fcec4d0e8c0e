import { expect, test } from 'bun:test';
import { noopMetricMeter } from '@temporalio/common';
import { DefaultLogger } from '../../runtime/logger.ts';
import { compileWorkerOptions } from './compiled-options.ts';
import type { WorkerOptions } from './worker-options.ts';

function warnings(options: object): string[] {
  const lines: string[] = [];
  const logger = new DefaultLogger('WARN', ({ message }) => lines.push(message));
  compileWorkerOptions({ taskQueue: 'q', activities: {}, ...options } as WorkerOptions, logger, noopMetricMeter);
  return lines;
}

test.each([
  [
    { maxConcurrentActivityTaskExecutionss: 3 },
    'maxConcurrentActivityTaskExecutionss',
    'maxConcurrentActivityTaskExecutions',
  ],
  [{ shutdownGracetime: '1s' }, 'shutdownGracetime', 'shutdownGraceTime'],
  [{ workflowPath: '/workflows.ts' }, 'workflowPath', 'workflowsPath'],
  [{ interceptors: { activities: [] } }, 'interceptors.activities', 'activity'],
  [{ bundlerOptions: { ignoredModules: [] } }, 'bundlerOptions.ignoredModules', 'ignoreModules'],
  [{ healthServer: { port: 0, host: '::' } }, 'healthServer.host', 'hostname'],
])('warns of a misspelled option: %j', (options, field, meant) => {
  expect(warnings(options)).toEqual([
    `WorkerOptions.${field} is ignored, because there is no such option. Did you mean ${meant}?`,
  ]);
});

test('warns of an option that is like no other without a proposal', () => {
  expect(warnings({ colour: 'red' })).toEqual(['WorkerOptions.colour is ignored, because there is no such option']);
});

test('says nothing of options that exist, or are not set', () => {
  const options = {
    extendedGlobals: false,
    enableSDKTracing: true,
    misspelled: undefined,
    interceptors: { nexus: [] },
  };
  expect(warnings(options)).toEqual([]);
});
