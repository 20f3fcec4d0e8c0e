import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { close, listen } from './listen.ts';

/** An HTTP proxy for the CONNECT method. */
export interface ConnectProxy extends AsyncDisposable {
  /** `host:port`. */
  address: string;
  /** The requests of clients: where to connect to, and their `proxy-authorization`. */
  requests: { target: string | undefined; authorization: string | undefined }[];
}

/** @param authorization what clients must show. Others are refused with 407. */
export async function startConnectProxy(authorization?: string): Promise<ConnectProxy> {
  const requests: ConnectProxy['requests'] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', ({ url, headers }: IncomingMessage, socket: Socket) => {
    const shown = headers['proxy-authorization'];
    requests.push({ target: url, authorization: shown });
    if (shown !== authorization) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host, port] = (url ?? '').split(':');
    const upstream = connect(Number(port), host as string, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => one.destroy()).on('close', () => other.destroy());
    }
  });
  const port = await listen(server);
  return {
    address: `127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await close(server);
    },
  };
}
