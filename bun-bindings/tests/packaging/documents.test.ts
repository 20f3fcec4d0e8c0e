import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { Document } from './support/documents.ts';
import { usePackages } from './support/packages.ts';
import { HELLO, type Outcome, UserProject } from './support/user-project.ts';

const packages = usePackages();
const server = useDevServer();
const open = useClient(server);

/** Commands are run as they stand in a document, in the folder in which the earlier ones have left off. */
class Terminal {
  folder: string;

  constructor(readonly project: UserProject) {
    this.folder = project.folder;
  }

  get env(): Record<string, string> {
    return {
      // What `bunx` has fetched of an earlier version is not to be found.
      TMPDIR: this.project.path('.tmp'),
      npm_config_registry: packages.registry,
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_LOG_LEVEL: 'WARN',
      TEMPORAL_BUN_SDK_NATIVE_PATH: '',
      PATH: `${join(this.folder, 'node_modules/.bin')}:${dirname(process.execPath)}:${process.env.PATH}`,
    };
  }

  async run(commands: string): Promise<Outcome> {
    mkdirSync(this.project.path('.tmp'), { recursive: true });
    const script = `cd "$0"\n${commands}\npwd > "$TMPDIR/folder"`;
    const outcome = await this.project.run(['bash', '-ec', script, this.folder], this.env);
    if (outcome.exitCode === 0) this.folder = (await Bun.file(this.project.path('.tmp/folder')).text()).trim();
    return outcome;
  }

  /** @throws Error with what they printed if they fail */
  async succeeds(commands: string): Promise<string> {
    const { exitCode, output } = await this.run(commands);
    if (exitCode !== 0) throw new Error(`${commands}: ${output}`);
    return output;
  }

  /** Starts a command that runs until it is stopped. It leads a group of processes, as in a terminal. */
  start(command: string): WorkerProcess {
    return WorkerProcess.execute(['setsid', 'bash', '-ec', `exec ${command}`], { cwd: this.folder, env: this.env });
  }

  /** Stops a command as Ctrl-C does, which signals all processes of its group, and gives its exit code. */
  async interrupt({ process: started }: WorkerProcess): Promise<number> {
    process.kill(-started.pid, 'SIGINT');
    return await started.exited;
  }
}

function greet(taskQueue: string): Promise<string> {
  return open.client.workflow.execute('hello', { taskQueue, workflowId: crypto.randomUUID(), args: ['Ann'] });
}

describe('docs/getting-started.md', () => {
  const terminal = new Terminal(new UserProject({}));
  afterAll(() => terminal.project.remove());
  const page = new Document('docs/getting-started.md');
  const [project = '', tests = '', devServer, worker = '', client = ''] = page.blocks('sh');
  const put = (name: string, text: string): void => writeFileSync(join(terminal.folder, name), text);

  beforeAll(async () => {
    await terminal.succeeds(project);
  }, 120_000);

  test('its commands make a project whose test passes, and README.md has the same', async () => {
    expect(await terminal.succeeds(tests)).toMatch(/^\(pass\) hello greets by its activity/m);
    const [readme = ''] = new Document('README.md').blocks('sh');
    expect(readme.trim().split(/\n| && /)).toEqual(`${project}${tests}`.trim().split('\n'));
  }, 180_000);

  test('they run a worker and a workflow, and "doctor" finds nothing wrong', async () => {
    expect(devServer).toBe('temporal server start-dev\n');
    const running = terminal.start(worker);
    expect(await terminal.succeeds(client)).toEndWith(page.blocks('').at(1) as string);
    expect(await terminal.interrupt(running)).toBe(0);
    const [doctor = ''] = page.commands('bunx temporal-bun doctor');
    const named = (output = '') => output.match(/^ok +[^:]+/gm);
    expect(named(await terminal.succeeds(doctor))).toEqual(named(page.blocks('').at(2)));
  }, 180_000);

  test('the commands of docs/command-line.md work in that project, and those of docs/moving.md', async () => {
    await open.client.workflow.start('hello', { taskQueue: 'nobody', workflowId: 'waits', args: ['Ann'] });
    const [, , check = '', replays = ''] = new Document('docs/command-line.md').blocks('sh');
    await terminal.succeeds(check);
    await terminal.succeeds(replays);
    expect(readdirSync(join(terminal.folder, 'histories'))).toContain('waits.json');
    expect(readdirSync(terminal.folder)).toContain('replay.xml');
    const moving = new Document('docs/moving.md');
    const commands = [...moving.commands('bunx '), ...moving.commands('bun pm ')];
    expect(commands).toHaveLength(3);
    for (const command of commands) await terminal.succeeds(command);
    const workers = await terminal.succeeds(commands.at(-1) as string);
    expect(workers.trim().split('\n')).toHaveLength(1);
  }, 180_000);

  test('the worker of docs/deploying.md is compiled by the command there, and runs', async () => {
    const deploying = new Document('docs/deploying.md');
    const [code = ''] = deploying.blocks('ts');
    put('src/worker.ts', code.replace('port: 9000', 'port: 0'));
    await terminal.succeeds('bun run check');
    await terminal.succeeds(deploying.commands('temporal-bun compile')[0] as string);
    const alone = terminal.project.path('alone');
    mkdirSync(alone);
    cpSync(join(terminal.folder, 'worker'), join(alone, 'worker'));
    const running = WorkerProcess.execute(['./worker'], { cwd: alone, env: { ...terminal.env, PATH: '' } });
    expect(await greet('hello')).toBe('Hello, Ann!');
    expect(await running.end('SIGTERM')).toBe(0);
  }, 180_000);

  test('the code of README.md runs', async () => {
    const files = new Document('README.md').files();
    expect(Object.keys(files)).toEqual(['activities.ts', 'workflows.ts', 'worker.ts', 'client.ts']);
    for (const [name, code] of Object.entries(files)) {
      put(`src/${name}`, code.replaceAll('localhost:7233', server.address));
    }
    await terminal.succeeds('bun run check');
    const running = terminal.start('bun src/worker.ts');
    expect(await terminal.succeeds('bun src/client.ts')).toContain('Hello, Ann!\n');
    expect(await running.end('SIGTERM')).toBe(0);
  }, 180_000);
});

test('docs/installing.md: a worker becomes one file, and a bundle, by the code and the commands there', async () => {
  const page = new Document('docs/installing.md');
  const [install = '', compile = ''] = page.blocks('sh');
  const project = new UserProject({ 'package.json': { private: true, type: 'module' }, ...HELLO, ...page.files() });
  try {
    const terminal = new Terminal(project);
    for (const command of [install, compile, ...page.commands('bun build --target')]) await terminal.succeeds(command);
    for (const command of ['./worker', 'bun out/one-file.js']) {
      const running = terminal.start(command);
      expect(await greet('hello')).toBe('Hello, Ann!');
      expect(await running.end('SIGTERM')).toBe(0);
    }
  } finally {
    project.remove();
  }
}, 180_000);
