import { expect, setDefaultTimeout, test } from 'bun:test';
import { useDevServer } from '../support/dev-server.ts';

setDefaultTimeout(60_000);
const server = useDevServer();

/** The lines that a worker writes to its error output, which is no terminal. */
async function linesOf(format: string, level: string): Promise<string[]> {
  const script = `${import.meta.dir}/../fixtures/telemetry/formatted-log.ts`;
  const child = Bun.spawn([process.execPath, script, server.address, format], {
    env: { ...process.env, TEMPORAL_LOG_LEVEL: level },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [printed, log] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect(await child.exited, log).toBe(0);
  expect(printed).toBe('');
  return log.trimEnd().split('\n');
}

test('json: all lines are objects, those of core too, with the context of what they are about', async () => {
  const lines = (await linesOf('json', 'DEBUG')).map((line) => JSON.parse(line));
  const line = (message: string) => lines.find((line) => line.message === message);
  const workflow = { workflowId: 'the-failing-one', workflowType: 'failing', taskQueue: expect.any(String) };

  expect(lines.filter(({ sdkComponent }) => sdkComponent === 'core').length).toBeGreaterThan(0);
  expect(line('before the failure')).toMatchObject({ level: 'INFO', sdkComponent: 'workflow', ...workflow, big: '5' });
  expect(line('Activity failed')).toMatchObject({
    level: 'WARN',
    activityType: 'fails',
    attempt: 1,
    ...workflow,
    error: { name: 'ApplicationFailure', message: 'failed', cause: { message: 'the root', code: 'E_ROOT', size: '5' } },
  });
  expect(JSON.stringify(line('Workflow failed').error)).toContain('the root');
  const unknown = lines.filter(({ error }) => String(error?.message).includes("workflow of type 'unknown'"));
  expect(unknown.length).toBeGreaterThan(0);
  const times = lines.map(({ time }) => Date.parse(time));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('compact: each line is one, without colours, of the level that is asked for', async () => {
  const lines = await linesOf('compact', 'warn');
  expect(lines.filter((line) => !/^\d{4}-\S+Z (WARN |ERROR) /.test(line))).toEqual([]);
  expect(lines.find((line) => line.includes('Activity failed'))).toContain(' workflowId=the-failing-one ');
  expect(lines.join('\n')).not.toContain('\x1b');
});
