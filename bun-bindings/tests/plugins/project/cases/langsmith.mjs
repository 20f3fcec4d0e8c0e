import { createServer } from 'node:http';
import { LangSmithPlugin } from '@temporalio/langsmith';
import { Client } from 'langsmith';
import { traceable } from 'langsmith/traceable';
import { runMain } from '../with-worker.mjs';

/** An endpoint that takes the place of LangSmith, and keeps the runs that it is told of. */
async function startEndpoint() {
  const runs = new Map();
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST' && request.url.endsWith('/runs/batch')) {
        const { post = [], patch = [] } = JSON.parse(Buffer.concat(chunks));
        for (const run of [...post, ...patch]) runs.set(run.id, { ...runs.get(run.id), ...run });
      }
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ version: '0.1.0', batch_ingest_config: { use_multipart_endpoint: false } }));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { runs, server, url: `http://127.0.0.1:${server.address().port}` };
}

export async function run(address) {
  process.env.LANGSMITH_TRACING = 'true';
  const { runs, server, url } = await startEndpoint();
  const client = new Client({ apiUrl: url, apiKey: 'key', autoBatchTracing: true });
  const plugins = [new LangSmithPlugin({ client, addTemporalRuns: true })];
  const model = traceable(async (prompt) => `answer to ${prompt}`, { name: 'model in activity', client });
  const activities = { answer: (prompt) => model(prompt) };
  const pipeline = traceable(() => runMain(address, 'langsmith.js', { plugins, activities, args: ['question'] }), {
    name: 'pipeline',
    client,
  });
  const result = await pipeline();
  await client.awaitPendingTraceBatches();
  server.close();
  const nameOf = (id) => runs.get(id)?.name ?? null;
  const tree = [...runs.values()].map(({ name, parent_run_id }) => `${nameOf(parent_run_id)} > ${name}`);
  return { result, runs: tree.sort() };
}
