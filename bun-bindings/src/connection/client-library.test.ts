import { expect, test } from 'bun:test';

/** Runs code in a program of its own, for nothing to be loaded before. Returns what it prints, from JSON. */
function inProgram(code: string): unknown {
  const program = `
    import { clientLibrary } from './client-library.ts';
    const isLoaded = (part: string) => Object.keys(require.cache).some((file) => file.includes(part));
    ${code}`;
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, '-e', program], { cwd: import.meta.dir });
  expect(exitCode, stderr.toString()).toBe(0);
  return JSON.parse(stdout.toString());
}

test('clients come without the connection of their library, and without what that takes', () => {
  const loaded = inProgram(`
    const { Client } = clientLibrary();
    new Client({ connection: {} as never });
    const parts = ['client/lib/workflow-client', 'client/lib/connection', '@grpc/', '/uuid/'];
    console.log(JSON.stringify(parts.map(isLoaded)));`);
  expect(loaded).toEqual([true, false, false, false]);
});

test('a program that imports the library has the same classes, and its connection', () => {
  const same = inProgram(`
    const { Client, WorkflowClient } = clientLibrary();
    const library = await import('@temporalio/client');
    const grpc = await import('@grpc/grpc-js');
    console.log(JSON.stringify([
      library.Client === Client,
      library.WorkflowClient === WorkflowClient,
      new Client().connection instanceof library.Connection,
      grpc.status === (await import('@grpc/grpc-js/build/src/constants')).Status,
      new grpc.Metadata() instanceof require('@grpc/grpc-js').Metadata,
    ]));`);
  expect(same).toEqual([true, true, true, true, true]);
});

test('a client without a connection loads one', () => {
  const made = inProgram(`
    const { Client } = clientLibrary();
    const { connection } = new Client();
    console.log(JSON.stringify([connection.constructor.name, isLoaded('@grpc/')]));`);
  expect(made).toEqual(['Connection', true]);
});

test('clients know the codes of failed calls without gRPC', () => {
  const known = inProgram(`
    clientLibrary();
    const { isGrpcCancelledError, isGrpcDeadlineError } = require('@temporalio/client/lib/errors');
    const failed = (code: number) => Object.assign(new Error(), { code, details: '', metadata: {} });
    const told = [isGrpcCancelledError(failed(1)), isGrpcDeadlineError(failed(4)), isGrpcDeadlineError(failed(1))];
    console.log(JSON.stringify([...told, isLoaded('@grpc/grpc-js/build/src/index')]));`);
  expect(known).toEqual([true, true, false, false]);
});

test('what a program has loaded before stays', () => {
  const same = inProgram(`
    const library = await import('@temporalio/client');
    console.log(JSON.stringify([clientLibrary().Client === library.Client, clientLibrary().WorkflowClient === library.WorkflowClient]));`);
  expect(same).toEqual([true, true]);
});
