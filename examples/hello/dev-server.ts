import { rm } from 'node:fs/promises';

/** A Temporal server in a process of its own. */
export interface DevServer {
  /** `host:port`. */
  address: string;
  /** Ends the process, and resolves when it has ended. */
  stop(): Promise<void>;
}

/** Starts `temporal server start-dev`, which keeps its workflows in `dbFile`. Resolves when it is ready. */
export async function startDevServer(dbFile: string): Promise<DevServer> {
  const cli = Bun.which('temporal');
  if (cli === null) throw new Error('the Temporal CLI is missing: run `make tools`, or put `temporal` on PATH');
  await rm(dbFile, { force: true });
  const address = `127.0.0.1:${freePort()}`;
  const [ip, port] = address.split(':') as [string, string];
  const options = ['--headless', '--ip', ip, '--port', port, '--db-filename', dbFile, '--log-level', 'never'];
  const server = Bun.spawn([cli, 'server', 'start-dev', ...options], { stdout: 'pipe', stderr: 'inherit' });
  const stop = async () => {
    server.kill();
    await server.exited;
  };
  // It says where it listens once it does.
  const decoder = new TextDecoder();
  let output = '';
  for await (const chunk of server.stdout) {
    output += decoder.decode(chunk, { stream: true });
    if (output.includes(port)) return { address, stop };
  }
  throw new Error(`the Temporal server did not start:\n${output}`);
}

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
