import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { close, listen } from './listen.ts';

/** A gRPC server that notes what it is sent, for what no Temporal server tells of. */
export interface GrpcPeer extends AsyncDisposable {
  /** `host:port`. */
  address: string;
  calls: PeerCall[];
  /** The status of all answers from now on. At first 0, with an empty message. */
  status: number;
}

interface PeerCall {
  /** `/package.Service/Method`. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Whether the request's message was compressed. */
  isCompressed: boolean;
}

/** Starts a peer. At its disposal all connections to it end. */
export async function startGrpcPeer(): Promise<GrpcPeer> {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  const peer = { calls: [] as PeerCall[], status: 0 };
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    stream.once('data', (chunk: Buffer) => {
      peer.calls.push({ path: headers[':path'] ?? '', headers, isCompressed: chunk[0] === 1 });
    });
    stream.on('end', () => {
      const head = { ':status': 200, 'content-type': 'application/grpc' };
      if (peer.status !== 0) {
        // As servers do it: an error needs no more than the headers.
        stream.respond({ ...head, 'grpc-status': `${peer.status}` }, { endStream: true });
        return;
      }
      stream.respond(head, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(5));
    });
  });
  const port = await listen(server);
  return Object.assign(peer, {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await close(server);
    },
  });
}
