import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import type { ReplayWorkerOptions } from '../../worker/options/worker-options.ts';
import { CommandError, usageError } from '../command-error.ts';
import { addConnectionFlags, type ConnectionFlags } from '../connection-flags.ts';
import { exitCodes } from '../exit-codes.ts';
import { limitOf } from '../limit-flag.ts';
import { moduleFile } from '../module-file.ts';
import { Output } from '../output.ts';
import { type NamedHistory, readHistories } from '../replay/histories.ts';
import { describeDivergence, junitReport, type ReplayOutcome } from '../replay/replay-report.ts';
import { collectWarnings } from '../warnings.ts';

interface Flags extends ConnectionFlags {
  workflows?: string;
  bundle?: string;
  workflowId?: string[];
  query?: string;
  limit?: number;
  record?: string;
  junit?: string;
  json?: boolean;
}

export function replayCommand(): Command {
  const command = new Command('replay')
    .description(
      'Replays workflow histories with the workflows at hand, and tells which of them the code does not fit.',
    )
    .argument('[histories...]', 'files with histories in JSON, or folders of them')
    .option('-w, --workflows <file>', 'the module that exports the workflows')
    .option('--bundle <file>', 'workflows that `temporal-bun bundle` has bundled, in the place of --workflows')
    .option('--workflow-id <id...>', 'workflows whose histories are fetched from the server')
    .option('--query <query>', 'a visibility query, such as "WorkflowType = \'order\'"')
    .option('--limit <count>', 'the most workflows that the query is to give', limitOf)
    .option('--record <folder>', 'keep the histories in this folder, one file each')
    .option('--junit <file>', 'write a JUnit report')
    .option('--json', 'print the outcomes as JSON');
  return addConnectionFlags(command).action(replay);
}

async function replay(paths: string[], flags: Flags): Promise<void> {
  const { workflows, bundle, workflowId, query, limit, record, junit } = flags;
  if ((workflows === undefined) === (bundle === undefined)) throw usageError('give either --workflows or --bundle');
  if (paths.length === 0 && workflowId === undefined && query === undefined) {
    throw usageError('give files with histories, --workflow-id or --query');
  }
  const output = new Output(flags.json === true);
  if (record !== undefined) await mkdir(record, { recursive: true });

  async function* histories() {
    for await (const next of readHistories({ paths, workflowIds: workflowId, query, limit }, flags)) {
      if (record !== undefined && !('error' in next)) await recordHistory(record, next);
      yield next;
    }
  }

  const [{ replayAll }, { DefaultLogger, Runtime }] = await Promise.all([
    import('../replay/replay-all.ts'),
    import('../../runtime/index.ts'),
  ]);
  // Worker and core log each failed task, which the outcome tells already.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'off' } },
    shutdownSignals: [],
  });
  const workflowsPath = workflows && moduleFile('--workflows', workflows);
  let replayed = 0;
  const outcomes = await replayAll(histories(), {
    worker: await workflowsOf(workflowsPath, bundle),
    workflows: workflowsPath,
    onOutcome(outcome) {
      output.endProgress();
      if (outcome.result !== 'ok') printFailure(output, outcome);
      output.progress(`${++replayed} histories replayed`);
    },
  });
  output.endProgress();
  if (junit !== undefined) await writeFile(junit, junitReport(outcomes));
  report(output, outcomes);
}

/** Bundles the workflows once for all workers, or reads the bundle. */
async function workflowsOf(
  workflowsPath: string | undefined,
  bundle: string | undefined,
): Promise<ReplayWorkerOptions> {
  if (workflowsPath === undefined) return { workflowBundle: { codePath: bundle ?? '' } };
  const { bundleWorkflowCode } = await import('../../workflow/bundling/bundler.ts');
  return { workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: collectWarnings([]) }) };
}

function printFailure(output: Output, outcome: ReplayOutcome): void {
  output.line(`${output.style('red', outcome.result)}  ${outcome.source}`);
  for (const line of describeDivergence(outcome)) output.line(`    ${line}`);
  output.line(`    ${outcome.message}`);
}

/** Prints the sum, and throws if not every history was replayed. */
function report(output: Output, outcomes: readonly ReplayOutcome[]): void {
  const count = (result: ReplayOutcome['result']) => outcomes.filter((outcome) => outcome.result === result).length;
  const [ok, nondeterminism, failed] = [count('ok'), count('nondeterminism'), count('failed')];
  output.line(`${ok} of ${outcomes.length} histories fit, ${nondeterminism} do not, ${failed} could not be replayed`);
  output.result({ ok, nondeterminism, failed, outcomes });
  if (outcomes.length === 0) throw new CommandError('there are no histories to replay');
  if (nondeterminism > 0) throw new CommandError('workflow code does not fit its histories', exitCodes.nondeterminism);
  const unread = outcomes.flatMap(({ isUnread, message = '' }) => (isUnread ? [message] : []));
  if (failed > 0) throw new CommandError(['histories could not be replayed', ...unread].join('\n  '));
}

async function recordHistory(folder: string, { workflowId, history }: NamedHistory): Promise<void> {
  // Workflow ids may hold anything, a slash too.
  await writeFile(join(folder, `${encodeURIComponent(workflowId)}.json`), `${JSON.stringify(history, undefined, 2)}\n`);
}
