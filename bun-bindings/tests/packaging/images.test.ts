import { afterAll, beforeAll, expect, test } from 'bun:test';
import { cpSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { useClient } from '../support/client.ts';
import { useDevServer } from '../support/dev-server.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { dependOnPublished, ImageBuild } from './support/image-build.ts';
import { usePackages } from './support/packages.ts';
import { ALIAS, UserProject } from './support/user-project.ts';

const packages = usePackages();
const server = useDevServer();
const open = useClient(server);
const example = join(import.meta.dir, '../../../examples/hello');
const temporalBun = join(import.meta.dir, '../../bin/temporal-bun.ts');

const project = new UserProject({});
const registry = () => ({ npm_config_registry: packages.registry });
const inFolder = (folder: string, ...command: string[]) =>
  project.run(['sh', '-c', 'cd "$0" && exec "$@"', folder, ...command], registry());

beforeAll(async () => {
  const hello = project.path('hello');
  cpSync(example, hello, { recursive: true, filter: (path) => !/^(node_modules|bun\.lock)$/.test(basename(path)) });
  dependOnPublished(hello, ALIAS);
  await project.bun([temporalBun, 'init', 'made-by-init']);
  for (const name of ['hello', 'made-by-init']) {
    const { exitCode, output } = await inFolder(project.path(name), process.execPath, 'install');
    if (exitCode !== 0) throw new Error(output);
    // An image installs what it needs.
    rmSync(project.path(`${name}/node_modules`), { recursive: true });
  }
}, 180_000);
afterAll(() => project.remove());

test.each([
  ['hello', 'Dockerfile'],
  ['hello', 'Dockerfile.bun'],
  ['made-by-init', 'Dockerfile'],
])(
  'what %s/%s copies and runs makes a worker',
  async (name, dockerfile) => {
    const root = project.path(`images/${name}-${dockerfile}`);
    const run = (command: string, folder: string) => inFolder(folder, 'sh', '-c', command);
    const image = new ImageBuild(project.path(name), root, run);
    await image.build(dockerfile);
    for (const base of image.bases) expect(base).toMatch(/:(\d+\.\d+\.\d+(-slim)?|nonroot)$/);
    const [program = '', ...args] = image.command;
    const path = program.startsWith('/') ? join(image.folder, program) : program;
    const worker = WorkerProcess.execute([path, ...args], {
      cwd: image.folder,
      env: { TEMPORAL_ADDRESS: server.address, TEMPORAL_BUN_SDK_NATIVE_PATH: '' },
    });
    const options = { taskQueue: 'hello', workflowId: crypto.randomUUID(), args: ['Ann'] };
    expect(await open.client.workflow.execute('hello', options)).toBe('Hello, Ann!');
    expect(await worker.end('SIGTERM')).toBe(0);
  },
  180_000,
);
