import { expect, setDefaultTimeout, test } from 'bun:test';
import { defaultMaxCachedWorkflows } from '../../src/worker/options/cache-size.ts';
import * as workflows from '../fixtures/workflows.ts';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { WorkerProcess } from '../support/worker-process.ts';

setDefaultTimeout(60_000);
const server = useDevServer();
const open = useClient(server);
const MiB = 1024 ** 2;

/** Runs a command as the first process of a namespace, as the command of a container runs. */
const asFirstProcess = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL'];

test.each(['SIGTERM', 'SIGINT'])('a worker that is process 1 drains on %s, and ends', async (signal) => {
  const taskQueue = `container-${crypto.randomUUID()}`;
  const script = `${import.meta.dir}/../fixtures/worker-process.ts`;
  // The shell tells which process of ours the worker is, and becomes it.
  const start = `echo "process $$, here $(grep -oP 'NSpid:\\t\\K\\d+' /proc/self/status)"; exec "$0" "$@"`;
  const worker = WorkerProcess.execute([
    ...asFirstProcess,
    'bash',
    '-c',
    start,
    process.execPath,
    script,
    server.address,
    taskQueue,
  ]);
  expect(await worker.says(/^process /)).toStartWith('process 1,');
  await worker.says('running');
  const [child] = await childrenOf(worker.process.pid);
  if (child === undefined) throw new Error('unshare has no child');
  const { workflow } = open.client;
  const handle = await workflow.start(workflows.hello, { taskQueue, workflowId: taskQueue, args: ['you'] });
  expect(await handle.result()).toBe('Hello, you!');
  process.kill(child, signal);
  await worker.says('stopped');
  expect(await worker.process.exited).toBe(0);
});

test.each(['v1', 'v2'])('the default cache fits the memory limit of a control group %s', async (version) => {
  const script = `
    import { defaultMaxCachedWorkflows } from '${import.meta.dir}/../../src/worker/options/cache-size.ts';
    console.log(defaultMaxCachedWorkflows());`;
  const limited = `${import.meta.dir}/with-memory-limit.sh`;
  const limit = 1024 * MiB;
  const child = Bun.spawn(['unshare', '--mount', limited, version, String(limit), process.execPath, '-e', script], {
    stdout: 'pipe',
    stderr: 'inherit',
  });
  expect(Number(await child.stdout.text())).toBe(defaultMaxCachedWorkflows(limit));
});

async function childrenOf(pid: number): Promise<number[]> {
  const text = await Bun.file(`/proc/${pid}/task/${pid}/children`).text();
  return text.split(' ').filter(Boolean).map(Number);
}
