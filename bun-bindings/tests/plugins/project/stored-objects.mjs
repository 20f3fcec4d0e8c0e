import { createServer } from 'node:http';

/**
 * Runs a store of objects on a port of this machine, for as long as `use` runs.
 *
 * `handle` gets the method, the URL, the body and the map of objects, and returns the status, headers and body to answer.
 */
export async function withObjects(handle, use) {
  const objects = new Map();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, 'http://localhost');
    const [status, body = '', headers = {}] = handle(request, url, Buffer.concat(chunks), objects);
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${server.address().port}`, objects);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The places that objects lie at, without what differs between runs, and the number of them at each. */
export function placesOf(objects) {
  const places = {};
  for (const key of objects.keys()) {
    const place = key.replace(/[0-9a-f]{64}/g, 'HASH').replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID');
    places[place] = (places[place] ?? 0) + 1;
  }
  return places;
}
