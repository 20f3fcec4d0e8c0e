import { Command } from 'commander';
import { addConnectionFlags, type ConnectionFlags, configOf, identity } from '../connection-flags.ts';
import { Output } from '../output.ts';

interface Flags extends ConnectionFlags {
  runId?: string;
  json?: boolean;
}

export function stackCommand(): Command {
  const command = new Command('stack')
    .description('Prints where a running workflow waits, with the lines of its source. A worker must be running.')
    .argument('<workflow-id>', 'the workflow')
    .option('--run-id <id>', 'one of its runs; by default the newest')
    .option('--json', 'print the stacks as JSON');
  return addConnectionFlags(command).action(stack);
}

async function stack(workflowId: string, flags: Flags): Promise<void> {
  const output = new Output(flags.json === true);
  const [{ Client }, { NativeConnection }] = await Promise.all([
    import('@temporalio/client'),
    import('../../connection/index.ts'),
  ]);
  const { connectionOptions, namespace } = await configOf(flags);
  const connection = await NativeConnection.connect(connectionOptions);
  try {
    const handle = new Client({ connection, namespace, identity }).workflow.getHandle(workflowId, flags.runId);
    const text = await handle.query<string>('__stack_trace');
    const places = text.split('\n\n').filter((place) => place.trim() !== '');
    if (places.length === 0) output.line(`${workflowId} waits for nothing: it has ended, or it has not begun.`);
    for (const place of places) output.line(`${place}\n`);
    output.result({ workflowId, places });
  } finally {
    await connection.close();
  }
}
