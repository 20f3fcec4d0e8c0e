import { expect, test } from 'bun:test';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { freePort } from '../support/free-port.ts';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';
import { WorkerProcess } from '../support/worker-process.ts';

const server = useDevServer();
const open = useClient(server);
cleanUpProjects();

const step = (answer: string) => `export const answer = '${answer}';`;
const activity = (answer: string) => `export async function tell(): Promise<string> { return '${answer}'; }`;

/** Programs, by how they run their worker. */
const PROGRAMS = {
  'waits for run()': `const ended = worker.run();
console.log('running');
await ended;
console.log('ended');
await connection.close();`,
  'does not wait for run()': `worker.run().then(() => { console.log('ended'); return connection.close(); });
console.log('running');`,
};

test.each(Object.entries(PROGRAMS))(
  '"bun --hot" replaces the worker of a program that %s',
  async (_, run) => {
    const taskQueue = `hot-${crypto.randomUUID()}`;
    const project = new TemporaryProject({
      'package.json': { name: 'project', type: 'module' },
      'step.ts': step('one'),
      'activities.ts': activity('one'),
      'workflows.ts': `import { proxyActivities } from '@temporalio/workflow';
import { answer } from './step';
const { tell } = proxyActivities({ startToCloseTimeout: '1 minute' });
export async function ask(): Promise<string> { return answer + ' ' + (await tell()); }`,
      'worker.ts': `import { NativeConnection, Runtime, Worker } from '${import.meta.dir}/../../src/index.ts';
import * as activities from './activities';
Runtime.install({ logFormat: 'compact' });
const connection = await NativeConnection.connect({ address: '${server.address}' });
const workflowsPath = require.resolve('./workflows');
const healthServer = { port: ${freePort()} };
const options = { connection, taskQueue: '${taskQueue}', workflowsPath, activities, healthServer };
const worker = await Worker.create(options);
${run}`,
    });
    project.linkTo('node_modules', `${import.meta.dir}/../../node_modules`);
    const worker = WorkerProcess.spawn(['--hot', '--no-clear-screen', 'worker.ts'], { cwd: project.root });
    const ask = () => open.client.workflow.execute('ask', { taskQueue, workflowId: crypto.randomUUID() });
    const replaced = async () => {
      // The first has drained before the second takes tasks.
      expect(await worker.says(/^(ended|running)$/)).toBe('ended');
      await worker.says('running');
    };
    try {
      await worker.says('running');
      expect(await ask()).toBe('one one');
      project.write({ 'activities.ts': activity('two') });
      await replaced();
      expect(await ask()).toBe('one two');
      project.write({ 'step.ts': step('two') });
      await replaced();
      expect(await ask()).toBe('two two');
      expect(await worker.end('SIGINT')).toBe(0);
    } finally {
      worker.process.kill('SIGKILL');
    }
  },
  60_000,
);
