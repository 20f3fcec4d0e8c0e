import { expect, test } from 'bun:test';
import type { WorkflowInfo } from '@temporalio/workflow';
import * as upstream from '@temporalio/workflow/lib/logs';
import { workflowLogAttributes } from './log-attributes.ts';

test('they are those of @temporalio/workflow', () => {
  const info = {
    namespace: 'ns',
    taskQueue: 'queue',
    workflowId: 'wf',
    runId: 'run',
    workflowType: 'hello',
    attempt: 1,
  } as unknown as WorkflowInfo;
  expect(workflowLogAttributes(info)).toEqual(upstream.workflowLogAttributes(info));
});
