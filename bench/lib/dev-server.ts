/** A Temporal server in a process of its own, which keeps everything in memory. */
export interface DevServer extends AsyncDisposable {
  /** `host:port`. */
  address: string;
}

/** Starts `temporal server start-dev`. Resolves when it is ready. */
export async function startDevServer(): Promise<DevServer> {
  const cli = Bun.which('temporal');
  if (cli === null) throw new Error('the Temporal CLI is missing: run `make tools`, or put `temporal` on PATH');
  const port = freePort();
  const options = ['--headless', '--ip', '127.0.0.1', '--port', `${port}`, '--log-level', 'never'];
  const settings = [
    // Updates of a benchmark come by thousands.
    'history.maxTotalUpdates=100000',
    'history.maxInFlightUpdates=1000',
    // A task in another partition than the first polls would wait for seconds.
    'matching.numTaskqueueReadPartitions=1',
    'matching.numTaskqueueWritePartitions=1',
  ].flatMap((setting) => ['--dynamic-config-value', setting]);
  const server = Bun.spawn([cli, 'server', 'start-dev', ...options, ...settings], { stdout: 'pipe', stderr: 'inherit' });
  const decoder = new TextDecoder();
  let output = '';
  for await (const chunk of server.stdout) {
    output += decoder.decode(chunk, { stream: true });
    if (!output.includes(`${port}`)) continue;
    return {
      address: `127.0.0.1:${port}`,
      async [Symbol.asyncDispose]() {
        server.kill();
        await server.exited;
      },
    };
  }
  throw new Error(`the Temporal server did not start:\n${output}`);
}

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
