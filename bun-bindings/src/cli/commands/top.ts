import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { fetchDirectly } from '../../worker/health/fetch-directly.ts';
import { CommandError, usageError } from '../command-error.ts';
import { Output } from '../output.ts';
import { parsePrometheusText } from '../top/prometheus-text.ts';
import { line, page, type Rates, ratesBetween } from '../top/view.ts';
import { type WorkerSample, workerSample } from '../top/worker-sample.ts';

interface Flags {
  interval: number;
  once?: boolean;
  json?: boolean;
}

const CLEAR = '\x1b[2J\x1b[H';

export function topCommand(): Command {
  return new Command('top')
    .description(
      "Shows a worker's slots, cache, rates, latencies and slowest workflows, from its metrics. Ends with Ctrl-C.",
    )
    .argument(
      '[address]',
      "the worker's health server or exporter for Prometheus: host:port, or a URL",
      '127.0.0.1:9000',
    )
    .option('--interval <seconds>', 'the time between two looks', seconds, 2)
    .option('--once', 'look once')
    .option('--json', 'print each look as a JSON document in one line')
    .action(top);
}

async function top(address: string, flags: Flags): Promise<void> {
  const url = metricsUrl(address);
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  let before: { sample: WorkerSample; at: number } | undefined;
  while (!stopped.signal.aborted) {
    const [sample, at] = [await look(url), performance.now()];
    const rates = before && ratesBetween(before.sample, sample, (at - before.at) / 1000);
    show(sample, rates, flags);
    if (flags.once) return;
    before = { sample, at };
    await pause(flags.interval * 1000, undefined, { signal: stopped.signal }).catch(() => undefined);
  }
}

function show(sample: WorkerSample, rates: Rates | undefined, { json = false, once = false }: Flags): void {
  const output = new Output(json);
  if (json) console.log(JSON.stringify({ time: new Date().toISOString(), ...sample, rates }));
  else if (output.isTerminal) output.line((once ? '' : CLEAR) + page(sample, rates, output));
  else output.line(once ? page(sample, rates, output) : line(sample, rates));
}

async function look(url: string): Promise<WorkerSample> {
  let answer: Response;
  try {
    answer = await (isOfThisMachine(url) ? fetchDirectly(url) : fetch(url));
  } catch (cause) {
    throw new CommandError(
      `nothing answers at ${url}: ${(cause as Error).message} Start the worker with \`--health :9000\`, or with ` +
        '`healthServer` among its options, and name its address here.',
    );
  }
  const text = await answer.text();
  if (!answer.ok) throw new CommandError(`${url} answers ${answer.status}: ${text.trim()}`);
  return workerSample(parsePrometheusText(text));
}

/** Whether a proxy has no part in reaching an address. */
function isOfThisMachine(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && /^(localhost|127\..*|\[::1\])$/.test(hostname);
}

function metricsUrl(address: string): string {
  const text = /^https?:\/\//.test(address)
    ? address
    : `http://${address.startsWith(':') ? '127.0.0.1' : ''}${address}`;
  if (!URL.canParse(text)) throw usageError(`[address]: must be host:port or a URL, not ${address}`);
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/metrics';
  return url.href;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw usageError(`--interval: must be a positive number of seconds, not ${text}`);
  return value;
}
