import type { Logger } from '@temporalio/common';
import type { Server } from 'bun';
import type { Runtime } from '../../runtime/index.ts';
import type { HealthServerOptions } from '../options/health-server-options.ts';
import { fetchDirectly } from './fetch-directly.ts';
import { type ProbedWorker, stopAsking, unreadiness } from './readiness.ts';

/** Time in which a native thread must answer. */
export const NATIVE_ANSWER_MS = 1000;

const OTHER_METRICS = `Runtime.install() sent the metrics elsewhere: its telemetryOptions.metrics is no exporter for Prometheus. Leave it
out, and this page has them, or set it to { prometheus: { bindAddress: '127.0.0.1:0' } }`;

/**
 * Serves the health of workers over HTTP: `/healthz`, `/readyz`, `/metrics` and `/status`.
 *
 * It keeps no process alive, and ends with the last of its workers.
 */
export class HealthServer {
  /** By `host:port`. */
  static readonly #servers = new Map<string, HealthServer>();

  readonly #workers = new Set<ProbedWorker>();
  readonly #server: Server<undefined>;
  readonly #runtime: Runtime;
  readonly #key: string;

  /**
   * Adds a worker to the server at this address. Starts the server if there is none.
   *
   * Throws an error that names the option if the address cannot be listened on.
   */
  static add(options: HealthServerOptions, worker: ProbedWorker, runtime: Runtime, logger: Logger): HealthServer {
    const { port, hostname = '127.0.0.1' } = options;
    const key = `${hostname}:${port}`;
    let server = HealthServer.#servers.get(key);
    if (server === undefined) {
      server = new HealthServer(port, hostname, runtime);
      // Each worker that asks for any free port gets one of its own.
      if (port !== 0) HealthServer.#servers.set(key, server);
      logger.info('Health server listens', { url: server.#server.url.href });
    }
    server.#workers.add(worker);
    return server;
  }

  private constructor(port: number, hostname: string, runtime: Runtime) {
    this.#runtime = runtime;
    this.#key = `${hostname}:${port}`;
    this.#server = listen(port, hostname, {
      '/healthz': () => this.#health(),
      '/readyz': () => this.#readiness(),
      '/metrics': () => this.#metrics(),
      '/status': () => this.#status(),
    });
    this.#server.unref();
  }

  /** Removes a worker. Stops the server with its last one. */
  async remove(worker: ProbedWorker): Promise<void> {
    stopAsking(worker);
    if (!this.#workers.delete(worker) || this.#workers.size > 0) return;
    if (HealthServer.#servers.get(this.#key) === this) HealthServer.#servers.delete(this.#key);
    await this.#server.stop(true);
  }

  /** This thread answers, or nobody would get here. */
  async #health(): Promise<Response> {
    const [worker] = [...this.#workers] as [ProbedWorker];
    const { promise: expired, resolve: expire } = Promise.withResolvers<false>();
    const timer = setTimeout(() => expire(false), NATIVE_ANSWER_MS);
    const answered = await Promise.race([
      worker
        .connection()
        .nativeThreadsAnswer()
        .then(() => true),
      expired,
    ]);
    clearTimeout(timer);
    return answered ? text(200, 'ok') : text(503, `no native thread answered within ${NATIVE_ANSWER_MS} ms`);
  }

  async #readiness(): Promise<Response> {
    const reasons = await Promise.all(
      [...this.#workers].map(async (worker) => {
        const reason = await unreadiness(worker);
        return reason && `the worker of task queue ${worker.taskQueue} is not ready: ${reason}`;
      }),
    );
    const found = reasons.filter((reason) => reason !== undefined);
    return found.length === 0 ? text(200, 'ready') : text(503, found.join('\n'));
  }

  async #metrics(): Promise<Response> {
    const { prometheusAddress } = this.#runtime.options;
    if (prometheusAddress === undefined) return text(404, OTHER_METRICS);
    try {
      return await fetchDirectly(`http://${prometheusAddress}/metrics`);
    } catch (error) {
      return text(502, `the exporter at ${prometheusAddress} does not answer: ${(error as Error).message}`);
    }
  }

  /** One status, or an array of the statuses of several workers. */
  #status(): Response {
    const [first, ...others] = [...this.#workers].map((worker) => worker.getStatus());
    return Response.json(others.length === 0 ? first : [first, ...others]);
  }
}

function listen(port: number, hostname: string, pages: Record<string, () => Response | Promise<Response>>) {
  try {
    return Bun.serve({
      port,
      hostname,
      routes: Object.fromEntries(Object.entries(pages).map(([path, page]) => [path, { GET: page }])),
      fetch: () => text(404, `there are ${Object.keys(pages).join(', ')}`),
    });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const field = 'WorkerOptions.healthServer';
    switch (code) {
      case 'EADDRINUSE':
        throw new Error(`${field}.port: another process or server listens on port ${port} of ${hostname}`, { cause });
      case 'EACCES':
        throw new Error(`${field}.port: this user may not listen on port ${port}; choose one from 1024`, { cause });
      default:
        throw new Error(`${field}.hostname: cannot listen on ${hostname}, port ${port}: ${message}`, { cause });
    }
  }
}

function text(status: number, line: string): Response {
  return new Response(`${line}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
