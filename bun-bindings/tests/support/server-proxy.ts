import {
  Client,
  credentials,
  type handleUnaryCall,
  type Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { temporal } from '@temporalio/proto';
import type { TestServer } from './test-server.ts';

const ANY_SIZE = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

/** A call of a method, as it came in. */
interface ProxiedCall {
  readonly request: Buffer;
  readonly metadata: Metadata;
  /** Is aborted when the caller gives up. */
  readonly signal: AbortSignal;
  /** Forwards the request, and resolves with the answer of the server behind. */
  forward(): Promise<Buffer>;
}

/** Answers a method in the place of the server behind. */
export type ProxyHandler = (call: ProxiedCall) => Promise<Buffer>;

/** A Temporal server that gives answers of its own to some methods. All else is what the one behind it says. */
export class ServerProxy implements TestServer {
  private constructor(
    readonly address: string,
    readonly stop: () => void,
  ) {}

  get connectionOptions() {
    return { address: this.address };
  }

  /** @param handlers by method, such as `DescribeNamespace`. */
  static async start(target: string, handlers: Record<string, ProxyHandler>): Promise<ServerProxy> {
    const behind = new Client(target, credentials.createInsecure(), ANY_SIZE);
    const server = new Server(ANY_SIZE);
    const definitions: Record<string, MethodDefinition<Buffer, Buffer>> = {};
    const implementation: Record<string, handleUnaryCall<Buffer, Buffer>> = {};
    for (const request of Object.keys(temporal.api.workflowservice.v1).filter((name) => name.endsWith('Request'))) {
      const name = request.replace(/Request$/, '');
      const definition = bytesMethod(`/temporal.api.workflowservice.v1.WorkflowService/${name}`);
      const handler = handlers[name] ?? (({ forward }) => forward());
      definitions[name] = definition;
      implementation[name] = (call, answer) => {
        const aborted = new AbortController();
        call.on('cancelled', () => aborted.abort());
        const { request, metadata } = call;
        const proxied = { request, metadata, signal: aborted.signal, forward: () => forward(behind, definition, call) };
        handler(proxied).then((response) => answer(null, response), answer);
      };
    }
    server.addService(definitions, implementation);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return new ServerProxy(`127.0.0.1:${port}`, () => {
      server.forceShutdown();
      behind.close();
    });
  }
}

function forward(
  behind: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Buffer, Buffer>,
  call: ServerUnaryCall<Buffer, Buffer>,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const forwarded = behind.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      call.request,
      call.metadata,
      { deadline: call.getDeadline() },
      (error, response) => (error !== null || response === undefined ? reject(error) : resolve(response)),
    );
    call.on('cancelled', () => forwarded.cancel());
  });
}

/** A method whose messages are handed on as they are. */
function bytesMethod(path: string): MethodDefinition<Buffer, Buffer> {
  const same = (bytes: Buffer) => bytes;
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}
