import { connect, type Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { close, listen } from './listen.ts';

/** A TLS server in front of one that speaks no TLS. */
export interface TlsProxy extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  port: number;
  /** Names of servers that clients asked for. */
  names: (string | false | null)[];
}

/** Decrypts what comes in, and hands it to the server at `address`. */
export async function startTlsProxy(address: string, options: TlsOptions): Promise<TlsProxy> {
  const sockets = new Set<Socket>();
  const names: TlsProxy['names'] = [];
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer({ ALPNProtocols: ['h2'], ...options }, (socket: TLSSocket) => {
    names.push((socket as TLSSocket & { servername?: string }).servername ?? null);
    const [host, port] = address.split(':');
    const upstream = connect(Number(port), host as string);
    keep(socket);
    keep(upstream);
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  server.on('tlsClientError', () => undefined);
  return {
    port: await listen(server),
    names,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await close(server);
    },
  };
}
