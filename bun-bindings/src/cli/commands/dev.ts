import { Command } from 'commander';
import { addConnectionFlags, type ConnectionFlags, configOf } from '../connection-flags.ts';
import type { DevEvent } from '../dev/dev-session.ts';
import { limitOf } from '../limit-flag.ts';
import { moduleFile } from '../module-file.ts';
import { Output } from '../output.ts';
import { describeDivergence } from '../replay/replay-report.ts';

interface Flags extends ConnectionFlags {
  watch: string;
  limit: number;
  json?: boolean;
}

export function devCommand(): Command {
  const command = new Command('dev')
    .description(
      'Runs a worker, and replaces it when its files change and running workflows fit the new code. Starts a dev server if ' +
        'none answers. Ends with Ctrl-C, when activities have ended; a second Ctrl-C ends at once.',
    )
    .argument('<worker>', 'the module that runs the worker')
    .option('--watch <folder>', 'the folder whose files are watched', '.')
    .option('--limit <count>', 'the most running workflows that are replayed after a change', limitOf, 100)
    .option('--json', 'print what happens as JSON, a document a line; the output of the worker goes to standard error');
  return addConnectionFlags(command).action(dev);
}

async function dev(worker: string, flags: Flags): Promise<void> {
  const output = new Output(flags.json === true);
  const program = moduleFile('<worker>', worker);
  const { connectionOptions, namespace } = await configOf(flags);
  const address = connectionOptions.address ?? 'localhost:7233';
  const [{ DevSession }, { ensureServer }] = await Promise.all([
    import('../dev/dev-session.ts'),
    import('../dev/dev-server.ts'),
  ]);
  const server = await ensureServer(address, namespace, output.json);
  if (server !== undefined) print(output, { event: 'server', address });
  try {
    const report = (event: DevEvent) => print(output, event);
    const session = new DevSession({
      program,
      folder: flags.watch,
      address,
      limit: flags.limit,
      quiet: output.json,
      report,
    });
    let isStopping = false;
    const stop = () => {
      if (isStopping) session.kill();
      else session.stop();
      isStopping = true;
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    await session.run();
  } finally {
    await server?.teardown();
  }
}

function print(output: Output, event: DevEvent | { event: 'server'; address: string }): void {
  output.event(event);
  for (const line of textOf(event, output)) output.line(line);
}

function textOf(event: Parameters<typeof print>[1], output: Output): string[] {
  const say = (text: string) => `${output.style('cyan', 'dev')}  ${text}`;
  switch (event.event) {
    case 'server':
      return [say(`a dev server runs at ${event.address}`)];
    case 'running':
      return [say(`the worker takes tasks from ${event.taskQueues.join(', ')}`)];
    case 'changed':
      return [say(`changed: ${event.files.join(', ')}`)];
    case 'failed':
      return [say(`${output.style('red', 'failed')}: ${event.message}`), say('the worker runs on as it was')];
    case 'broken':
      return [
        ...event.workflows.flatMap((workflow) => [
          say(`${output.style('red', 'broken')}: ${workflow.source}`),
          ...[...describeDivergence(workflow), workflow.message].map((line) => `     ${line}`),
        ]),
        say('the worker runs on as it was'),
      ];
    case 'replaced':
      return [say(`replaced: ${event.fits} running workflows fit; it takes tasks from ${event.taskQueues.join(', ')}`)];
    case 'ended':
      return [say('ended')];
  }
}
