import { expect, test } from 'bun:test';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { WorkerProcess } from '../support/worker-process.ts';

const server = useDevServer();
const open = useClient(server);
cleanUpProjects();

const step = (answer: string) => `export const answer = '${answer}';`;

test('"bun --watch" starts a worker anew when a module of its workflows changes', async () => {
  const project = new TemporaryProject({
    'package.json': { name: 'project', type: 'module' },
    'step.ts': step('one'),
    'workflows.ts': `import { answer } from './step'; export async function ask(): Promise<string> { return answer; }`,
    'worker.ts': `import { NativeConnection, Worker } from '${import.meta.dir}/../../src/index.ts';
const connection = await NativeConnection.connect({ address: '${server.address}' });
const workflowsPath = require.resolve('./workflows');
const worker = await Worker.create({ connection, taskQueue: 'watched', workflowsPath });
const ended = worker.run();
console.log('running');
await ended;`,
  });
  project.linkTo('node_modules', `${import.meta.dir}/../../node_modules`);
  const worker = WorkerProcess.spawn(['--watch', '--no-clear-screen', 'worker.ts'], { cwd: project.root });
  const ask = () => open.client.workflow.execute('ask', { taskQueue: 'watched', workflowId: crypto.randomUUID() });
  try {
    await worker.says('running');
    expect(await ask()).toBe('one');
    project.write({ 'step.ts': step('two') });
    await worker.says('running');
    expect(await ask()).toBe('two');
  } finally {
    await worker.end('SIGKILL');
  }
}, 60_000);
