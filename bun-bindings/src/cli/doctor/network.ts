import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { NativeConnectionOptions } from '../../connection/index.ts';
import { type CheckResult, failed, ok, warning } from './check.ts';

/** The longest that one step may take, in ms. */
const STEP_TIMEOUT_MS = 10_000;
/** Certificates that expire sooner get a warning. */
const EXPIRES_SOON_MS = 14 * 24 * 3600 * 1000;

type TlsOptions = Exclude<NativeConnectionOptions['tls'], boolean | null | undefined>;

/** Splits `host:port`, with brackets around an IPv6 address. The port is 7233 if there is none. */
export function hostAndPort(address: string): { host: string; port: number } {
  const [, v6, v4, port = '7233'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address) ?? [];
  return { host: v6 ?? v4 ?? address, port: Number(port) };
}

/**
 * Checks the way to the server, step by step: name, TCP, TLS, ALPN, the dates of the certificate. Stops at the first that fails, since those after it can only
 * fail for the same reason.
 */
export async function checkNetwork(options: NativeConnectionOptions): Promise<CheckResult[]> {
  const address = options.address ?? 'localhost:7233';
  const { host, port } = hostAndPort(address);
  const results = [await checkName(host)];
  if (results.at(-1)?.status === 'failed') return results;
  results.push(await checkTcp(host, port));
  if (results.at(-1)?.status === 'failed') return results;
  // An API key turns TLS on, unless the configuration says otherwise.
  const usesTls =
    options.tls === undefined || options.tls === null ? options.apiKey !== undefined : options.tls !== false;
  if (usesTls) results.push(...(await checkTls(host, port, tlsOptions(options.tls))));
  else results.push(await checkPlaintext(host, port, options));
  return results;
}

function tlsOptions(tls: NativeConnectionOptions['tls']): TlsOptions {
  return typeof tls === 'object' && tls !== null ? tls : {};
}

async function checkName(host: string): Promise<CheckResult> {
  try {
    const addresses = await lookup(host, { all: true });
    return ok('name', `${host} is ${addresses.map(({ address }) => address).join(', ')}`);
  } catch (error) {
    return failed('name', `${host}: ${(error as Error).message}`, 'Check the address, and the DNS of this machine.');
  }
}

async function checkTcp(host: string, port: number): Promise<CheckResult> {
  const started = performance.now();
  try {
    const socket = await opened(connect({ host, port }), 'connect');
    socket.destroy();
    return ok('tcp', `${host}:${port} takes connections, after ${Math.round(performance.now() - started)} ms`);
  } catch (error) {
    return failed(
      'tcp',
      `${host}:${port}: ${(error as Error).message}`,
      'Is the server running there, and does a firewall let this machine through? `temporal server start-dev` starts one.',
    );
  }
}

/** The name to ask for. TLS knows no addresses there. */
function serverName(name: string): { servername?: string } {
  return isIP(name) === 0 ? { servername: name } : {};
}

async function checkTls(host: string, port: number, tls: TlsOptions): Promise<CheckResult[]> {
  const servername = tls.serverNameOverride ?? host;
  const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes);
  const socket = connectTls({
    host,
    port,
    ...serverName(servername),
    ALPNProtocols: ['h2'],
    ca: text(tls.serverRootCACertificate ?? undefined),
    cert: text(tls.clientCertPair?.crt),
    key: text(tls.clientCertPair?.key),
  });
  try {
    await opened(socket, 'secureConnect');
    return describeTls(socket, servername);
  } catch (error) {
    const { message } = error as Error;
    if (NO_PROTOCOL.test(message)) return [failed('alpn', `${servername}: ${message}`, NEEDS_HTTP2)];
    if (!DATES.test(message)) return [failed('tls', `${servername}: ${message}`, tlsRemedy(message))];
    const remedy = 'Renew the certificate of the server, or set the clock of this machine.';
    return [failed('certificate', `${servername}: ${message}`, remedy)];
  } finally {
    socket.destroy();
  }
}

/** Messages of servers that share no protocol with the client. */
const NO_PROTOCOL = /no.application.protocol/i;
const NEEDS_HTTP2 = 'The port must speak HTTP/2 (gRPC): is this the web interface, or a proxy for HTTP/1?';

/** Messages about the dates of a certificate. */
const DATES = /expired|not yet valid/i;

function describeTls(socket: TLSSocket, servername: string): CheckResult[] {
  const tls = ok('tls', `${socket.getProtocol() ?? 'TLS'} with ${servername}`);
  if (socket.alpnProtocol !== 'h2') {
    const detail = `${servername} chose ${socket.alpnProtocol || 'no protocol'}, not h2`;
    return [tls, failed('alpn', detail, NEEDS_HTTP2)];
  }
  return [tls, ok('alpn', 'HTTP/2'), checkDates(socket.getPeerCertificate().valid_to, servername)];
}

function checkDates(validTo: string | undefined, servername: string): CheckResult {
  const left = validTo === undefined ? Number.POSITIVE_INFINITY : Date.parse(validTo) - Date.now();
  const detail = `that of ${servername} is valid until ${validTo ?? 'an unknown date'}`;
  if (left >= EXPIRES_SOON_MS) return ok('certificate', detail);
  return warning('certificate', detail, 'Renew the certificate of the server.');
}

function tlsRemedy(message: string): string {
  if (/wrong.version|packet.length|http.request|unexpected.message|ECONNRESET|hang up/i.test(message)) {
    return 'The server does not speak TLS here: leave TLS out (TEMPORAL_TLS=false), or use its TLS port.';
  }
  if (/altname|host/i.test(message)) return 'Set TEMPORAL_TLS_SERVER_NAME to a name in the certificate.';
  if (/self.signed|unable.to.(verify|get)|issuer/i.test(message)) {
    return 'Set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the certificate of the authority.';
  }
  return 'Check certificates and keys: TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH.';
}

/** Finds out whether a server that is spoken to in plain text wants TLS. */
async function checkPlaintext(host: string, port: number, options: NativeConnectionOptions): Promise<CheckResult> {
  const socket = connectTls({
    host,
    port,
    ...serverName(host),
    ALPNProtocols: ['h2'],
    rejectUnauthorized: false,
  });
  const wantsTls = await opened(socket, 'secureConnect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  if (wantsTls) {
    return failed('tls', `${host}:${port} speaks TLS, but the configuration does not use it`, 'Set TEMPORAL_TLS=true.');
  }
  if (options.apiKey !== undefined) {
    return warning(
      'tls',
      'the API key is sent without encryption',
      'Use TLS, except towards a server on this machine.',
    );
  }
  return ok('tls', 'not used, and the server does not ask for it');
}

/** Resolves with the socket when `event` comes; rejects if it fails, is closed, or takes too long. */
function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(STEP_TIMEOUT_MS, () => fail(new Error(`no answer within ${STEP_TIMEOUT_MS / 1000} s`)));
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('the connection was closed')));
    socket.once(event, () => resolve(socket));
  });
}
