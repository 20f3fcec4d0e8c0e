/** How long a server may take to show that it speaks TLS, in ms. */
const PROBE_TIMEOUT_MS = 1_000;

/**
 * Explains a failed connection if one side speaks TLS and the other does not: both give errors that do not tell.
 *
 * @param target the address with `http://` or `https://`.
 * @param message why the connection failed.
 */
export async function explainTlsMismatch(target: string, message: string): Promise<string | undefined> {
  const { protocol, hostname, port } = new URL(target);
  if (protocol === 'https:') {
    // The server's first bytes were no TLS record.
    return /InvalidContentType|corrupt message/i.test(message)
      ? 'The server does not speak TLS. Leave out tls, or set it to false if there is an API key.'
      : undefined;
  }
  if (!/transport error|frame|h2 protocol/i.test(message)) return undefined;
  return (await speaksTls(hostname.replace(/^\[|\]$/g, ''), Number(port)))
    ? 'The server speaks TLS, but tls is off. Set tls to true, or to a configuration with its certificates.'
    : undefined;
}

async function speaksTls(host: string, port: number): Promise<boolean> {
  // Loaded on demand: it takes a while, and most connections succeed.
  const { connect } = await import('node:tls');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  // Which certificate the server has is of no interest here.
  const socket = connect({ host, port, rejectUnauthorized: false, timeout: PROBE_TIMEOUT_MS });
  socket.on('secureConnect', () => resolve(true));
  socket.on('error', () => resolve(false));
  socket.on('close', () => resolve(false));
  socket.on('timeout', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
