import { get } from 'node:http';

/**
 * Fetches an `http:` page of this machine. Rejects if nobody answers.
 *
 * `fetch` would ask the proxy that `HTTP_PROXY` names, even for an address of this machine.
 */
export function fetchDirectly(url: string): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const request = get(url, { agent: false }, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('error', reject);
    response.on('end', () => {
      const contentType = response.headers['content-type'] ?? 'text/plain; version=0.0.4';
      resolve(
        new Response(Buffer.concat(parts), { status: response.statusCode, headers: { 'content-type': contentType } }),
      );
    });
  });
  request.on('error', reject);
  return promise;
}
