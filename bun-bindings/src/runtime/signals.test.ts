import { expect, test } from 'bun:test';

/** Runs a process that gets signals while its workers shut down, and gives its exit code. */
function exitCodeAfter(...signals: NodeJS.Signals[]): number {
  const program = `
    import { Runtime } from './src/runtime/index.ts';
    Runtime.install({ logger: { error() {}, info() {} } });
    for (const signal of ${JSON.stringify(signals)}) process.emit(signal, signal);
    process.exit(0);`;
  return Bun.spawnSync([process.execPath, '-e', program], { cwd: `${import.meta.dir}/../..` }).exitCode;
}

test('a signal that comes twice at once is one, as Ctrl-C under "bun run" is', () => {
  expect(exitCodeAfter('SIGINT', 'SIGINT')).toBe(0);
});

test('another signal ends the process while it shuts down', () => {
  expect(exitCodeAfter('SIGINT', 'SIGTERM')).toBe(128 + 15);
});
