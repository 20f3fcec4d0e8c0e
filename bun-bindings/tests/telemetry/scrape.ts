import { telemetryPeer } from './telemetry-peer.ts';

/** A metric family, as Prometheus's parser gives it. */
export interface Family {
  name: string;
  help?: string;
  type: 'COUNTER' | 'GAUGE' | 'HISTOGRAM';
  metric: Sample[];
}

interface Sample {
  label?: { name: string; value: string }[];
  counter?: { value: number };
  gauge?: { value: number };
  histogram?: { sampleCount: string; sampleSum: number; bucket: { upperBound: number | 'Infinity' }[] };
}

/** Scrapes a URL with Prometheus's own client. */
export async function scrape(bindAddress: string): Promise<Map<string, Family>> {
  const child = Bun.spawn([telemetryPeer(), 'scrape', `http://${bindAddress}/metrics`], {
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [printed, error] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(error);
  const families = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Family);
  return new Map(families.map((family) => [family.name, family]));
}
