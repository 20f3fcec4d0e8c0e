/** The manifest of docs/deploying.md, and the worker there that it is for. */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { type Duration, msToNumber } from '@temporalio/common/lib/time';
import { loadTemporalConfig } from '../../src/config/index.ts';
import { TRIED_POLL_MS } from '../../src/connection/native-connection.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { NATIVE_ANSWER_MS } from '../../src/worker/health/health-server.ts';
import { freePort } from '../support/free-port.ts';
import { useServer } from '../support/test-server.ts';
import { withWorker } from '../support/test-worker.ts';

interface Probe {
  httpGet: { path: string; port: string };
  timeoutSeconds: number;
  periodSeconds: number;
}

interface PodTemplate {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  spec: {
    terminationGracePeriodSeconds: number;
    containers: {
      env: { name: string; value?: string }[];
      ports: { name: string; containerPort: number }[];
      livenessProbe: Probe;
      readinessProbe: Probe;
    }[];
  };
}

setDefaultTimeout(60_000);
// Other files of a test run may have sent the metrics elsewhere.
Runtime.install({});
const server = useServer();

const page = await Bun.file(join(import.meta.dir, '../../../docs/deploying.md')).text();
const block = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
const { kind, spec } = Bun.YAML.parse(block('yaml')) as {
  kind: string;
  spec: { selector: { matchLabels: Record<string, string> }; template: PodTemplate };
};
const { metadata, spec: pod } = spec.template;
const [container] = pod.containers;
if (container === undefined) throw new Error('The manifest has no container');
const { env, ports, livenessProbe, readinessProbe } = container;

/** The value of an option in the code of the page's worker. */
function optionOf(name: string): string {
  const value = new RegExp(`${name}: ([^\n]*[^\n,]),?\n`).exec(block('ts'))?.[1];
  if (value === undefined) throw new Error(`The worker has no option ${name}`);
  return value;
}

test('it selects its own pods', () => {
  expect(kind).toBe('Deployment');
  expect(metadata.labels).toEqual(spec.selector.matchLabels);
});

test('its probes and the scraper ask for pages that the worker serves, at its port', async () => {
  const [health] = ports;
  expect(optionOf('healthServer')).toInclude(`port: ${health?.containerPort}`);
  expect(metadata.annotations['prometheus.io/port']).toBe(String(health?.containerPort));
  for (const { httpGet } of [livenessProbe, readinessProbe]) expect(httpGet.port).toBe(health?.name as string);
  // A pod is asked at its own address.
  expect(optionOf('healthServer')).toInclude("hostname: '0.0.0.0'");

  const port = freePort();
  const paths = [livenessProbe.httpGet.path, readinessProbe.httpGet.path, metadata.annotations['prometheus.io/path']];
  await withWorker(server, { healthServer: { port, hostname: '0.0.0.0' } }, async () => {
    const statuses = await Promise.all(
      paths.map(async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).status),
    );
    expect(statuses).toEqual([200, 200, 200]);
  });
});

test('its probes wait for longer than an answer may take', () => {
  expect(livenessProbe.timeoutSeconds * 1_000).toBeGreaterThan(NATIVE_ANSWER_MS);
  expect(readinessProbe.timeoutSeconds * 1_000).toBeGreaterThan(TRIED_POLL_MS);
  for (const { periodSeconds, timeoutSeconds } of [livenessProbe, readinessProbe]) {
    expect(periodSeconds).toBeGreaterThan(timeoutSeconds);
  }
});

test('its pods are given more time than the activities of the worker', () => {
  const graceTime = optionOf('shutdownGraceTime').replaceAll("'", '') as Duration;
  expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(msToNumber(graceTime));
});

test('its variables are read', async () => {
  const given = Object.fromEntries(env.map(({ name, value = 'secret' }) => [name, value]));
  const { connectionOptions, namespace } = await loadTemporalConfig({ env: given });
  expect({ ...connectionOptions, namespace }).toMatchObject({
    address: given.TEMPORAL_ADDRESS,
    apiKey: 'secret',
    namespace: given.TEMPORAL_NAMESPACE,
  });
  expect(Object.keys(given).sort()).toEqual(['TEMPORAL_ADDRESS', 'TEMPORAL_API_KEY', 'TEMPORAL_NAMESPACE']);
});
