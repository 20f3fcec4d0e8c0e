import { connect } from 'node:net';
import type { TestWorkflowEnvironment } from '../../testing/index.ts';
import { CommandError } from '../command-error.ts';
import { hostAndPort } from '../doctor/network.ts';

const LOCAL = ['localhost', '127.0.0.1', '::1'];

/**
 * Starts a dev server at an address of this machine if nothing answers there: `temporal` on PATH, else a download.
 *
 * Resolves with undefined if something answers. Rejects if it is an address of another machine.
 *
 * @param quiet whether the server is to print nothing.
 */
export async function ensureServer(
  address: string,
  namespace: string,
  quiet: boolean,
): Promise<TestWorkflowEnvironment | undefined> {
  const { host, port } = hostAndPort(address);
  if (await answers(host, port)) return undefined;
  if (!LOCAL.includes(host)) throw new CommandError(`no server answers at ${address}`);
  const { TestWorkflowEnvironment } = await import('../../testing/index.ts');
  return TestWorkflowEnvironment.createLocal({
    server: { ip: host === '::1' ? host : '127.0.0.1', port, namespace, ui: true, quiet },
  });
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
