import { describe, expect, test } from 'bun:test';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { workflowMetadataQuery } from '@temporalio/workflow';
import * as workflows from '../fixtures/commands/metadata.ts';
import { eventsOf, start } from '../support/observe.ts';
import type { RunningWorker } from '../support/test-worker.ts';

/** Summaries of the events of a history, with the kind of event. */
async function summariesOf(handle: WorkflowHandle): Promise<string[]> {
  return (await eventsOf(handle)).flatMap((event) => {
    const summary = event.userMetadata?.summary;
    if (summary == null) return [];
    const kind = Object.keys(event).find((key) => key.endsWith('EventAttributes'));
    return `${kind?.replace('EventAttributes', '')}: ${defaultPayloadConverter.fromPayload(summary)}`;
  });
}

export function metadataTests(worker: RunningWorker): void {
  test('of a workflow is what it was started with', async () => {
    const options = { staticSummary: 'a workflow', staticDetails: 'with **details**' };
    const handle = await start(worker, workflows.summarized, [], options);
    await handle.result();
    const description = await handle.describe();
    expect(await description.staticSummary()).toBe('a workflow');
    expect(await description.staticDetails()).toBe('with **details**');
  });

  test('of what a workflow does is in its history', async () => {
    const handle = await start(worker, workflows.summarizes, []);
    await handle.result();
    const summaries = await summariesOf(handle);
    expect(summaries.sort()).toEqual([
      'activityTaskScheduled: an activity',
      'activityTaskScheduled: another activity',
      'markerRecorded: a local activity',
      'startChildWorkflowExecutionInitiated: a child',
      'timerStarted: a condition',
      'timerStarted: a timer',
    ]);
    const [child] = (await eventsOf(handle)).flatMap(
      (event) => event.childWorkflowExecutionStartedEventAttributes ?? [],
    );
    const description = await worker.client.workflow.getHandle(child?.workflowExecution?.workflowId ?? '').describe();
    expect(await description.staticSummary()).toBe('a child');
    expect(await description.staticDetails()).toBe('with\ndetails');
  });

  test('event groups do not disturb', async () => {
    const handle = await start(worker, workflows.groups, []);
    expect(await handle.result()).toBe('grouped');
  });

  describe('that a workflow changes', () => {
    test('is seen by itself, and by the metadata query, with its handlers', async () => {
      const handle = await start(worker, workflows.showsDetails, []);
      expect(await handle.query(workflows.details)).toBe('');
      await handle.signal(workflows.setDetails, 'on the way');
      expect(await handle.executeUpdate(workflows.askDetails)).toBe('on the way');
      const metadata = await handle.query(workflowMetadataQuery);
      expect(metadata.currentDetails).toBe('on the way');
      expect(metadata.definition).toMatchObject({
        type: 'showsDetails',
        signalDefinitions: [{ name: 'setDetails', description: 'Sets the details.' }],
        updateDefinitions: [{ name: 'askDetails', description: 'Gets the details, on record.' }],
      });
      expect(metadata.definition?.queryDefinitions?.map(({ name }) => name)).toEqual([
        '__stack_trace',
        '__enhanced_stack_trace',
        '__temporal_workflow_metadata',
        'details',
      ]);
      await handle.signal(workflows.setDetails, 'over');
      expect(await handle.result()).toBe('over');
    });
  });
}
