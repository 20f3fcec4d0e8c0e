import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { PLATFORMS } from '../../src/native/platform-library.ts';

const script = join(import.meta.dir, '../../../scripts/build-release');
/** The systems that a library is built on, as `uname` names them, and those that this is none of. */
const SYSTEMS = { linux: 'Linux', darwin: 'Darwin', win32: 'Windows' };
const here = Object.entries(SYSTEMS).find(([platform]) => platform === process.platform)?.[1];

async function buildRelease(...args: string[]) {
  const build = Bun.spawn([script, ...args], { stdout: 'pipe', stderr: 'pipe' });
  const [out, error, code] = await Promise.all([build.stdout.text(), build.stderr.text(), build.exited]);
  return { out, error, code };
}

/** The platforms that the script can be asked for, each with its target and the system that it is built on. */
async function listed() {
  const { out, error, code } = await buildRelease('--list');
  expect({ error, code }).toEqual({ error: '', code: 0 });
  return out
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ +/));
}

test('the library can be built for every platform that has a package, on a system of its own', async () => {
  const platforms = await listed();
  expect(platforms.map(([platform]) => platform)).toEqual(expect.arrayContaining([...PLATFORMS]));
  expect(platforms.length).toBeGreaterThanOrEqual(7);
  for (const [platform = '', target, system] of platforms) {
    const [name = '', architecture = ''] = platform.split('-');
    expect(target).toStartWith(architecture === 'x64' ? 'x86_64-' : 'aarch64-');
    expect(system).toBe(SYSTEMS[name as keyof typeof SYSTEMS]);
  }
});

test('what another system builds is refused with the reason in one line each', async () => {
  const foreign = (await listed()).filter(([, , system]) => system !== here).map(([platform = '']) => platform);
  expect(foreign).not.toEqual([]);
  const { out, error, code } = await buildRelease(...foreign);
  expect({ out, code }).toEqual({ out: '', code: 1 });
  const lines = error.trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/: it needs .+: build it on (a Mac|Windows)$/, ''))).toEqual(
    foreign.map((platform) => `${platform} cannot be built here`),
  );
});

test('a platform that nobody knows is refused', async () => {
  const { error, code } = await buildRelease('plan9-x64');
  expect({ error, code }).toEqual({ error: 'There is no platform plan9-x64: --list prints all\n', code: 1 });
});
