import { expect, test } from 'bun:test';
import { WorkflowClient, type WorkflowClientOptions } from '@temporalio/client';
import { TimeSkippingWorkflowClient } from './time-skipping-client.ts';

/** Options of a client whose calls are noted. */
function optionsThatNote(calls: string[]): WorkflowClientOptions {
  const noting = (name: string) => async () => {
    calls.push(name);
    return {};
  };
  const connection = {
    testService: { unlockTimeSkipping: noting('unlock'), lockTimeSkipping: noting('lock') },
    workflowService: {
      async getWorkflowExecutionHistory() {
        calls.push('history');
        throw new Error('no history');
      },
    },
  };
  return { connection } as unknown as WorkflowClientOptions;
}

class UsersClient extends TimeSkippingWorkflowClient {
  name = 'of a user';
}

test('is a workflow client, as are classes that a user derives from it', () => {
  const client = new TimeSkippingWorkflowClient(optionsThatNote([]));
  expect(client).toBeInstanceOf(WorkflowClient);
  expect(client.options.namespace).toBe('default');
  const derived = new UsersClient(optionsThatNote([]));
  expect(derived).toBeInstanceOf(WorkflowClient);
  expect(derived).toBeInstanceOf(TimeSkippingWorkflowClient);
  expect(derived).toMatchObject({ name: 'of a user', options: { namespace: 'default' } });
});

test('waits for results with time unlocked, and locks it again if that fails', async () => {
  const calls: string[] = [];
  const client = new UsersClient(optionsThatNote(calls));
  await expect(client.result('workflow')).rejects.toThrow('Unexpected error while making gRPC request');
  expect(calls).toEqual(['unlock', 'history', 'lock']);
});
