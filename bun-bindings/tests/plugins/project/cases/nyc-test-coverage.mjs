import { basename } from 'node:path';
import { WorkflowCoverage } from '@temporalio/nyc-test-coverage';
import { runMain, workflowsPathOf } from '../with-worker.mjs';

export async function run(address) {
  // What a tool for coverage has put there before.
  globalThis.__coverage__ = {};
  const coverage = new WorkflowCoverage();
  const workflowsPath = workflowsPathOf('coverage.ts');
  const { interceptors, sinks, bundlerOptions } = coverage.augmentWorkerOptions({ workflowsPath });
  const result = await runMain(address, 'coverage.ts', {
    args: ['user'],
    interceptors,
    sinks,
    bundlerOptions,
    // Each task of a workflow counts again, if it is replayed.
    maxCachedWorkflows: 10,
  });
  coverage.mergeIntoGlobalCoverage();
  const files = Object.values(globalThis.__coverage__).map(({ path, fnMap, f, s, b }) => ({
    file: basename(path),
    functions: Object.fromEntries(Object.entries(fnMap).map(([id, { name }]) => [name, f[id]])),
    statements: Object.values(s).filter((count) => count > 0).length,
    branches: Object.values(b),
  }));
  return { result, files };
}
