import {
  Client,
  credentials,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import { temporal } from '@temporalio/proto';
import Long from 'long';

const messages = temporal.api.workflowservice.v1;
const { DescribeNamespaceResponse } = messages;
const ANY_SIZE = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

/** Sizes in bytes above which a server refuses payloads. */
export interface Limits {
  blob: number;
  memo: number;
}

/** A server that tells its workers of size limits, which the dev server does not. All else is what the one behind it says. */
export class LimitsProxy {
  private constructor(
    readonly address: string,
    readonly stop: () => void,
  ) {}

  static async start(target: string, limits: Limits): Promise<LimitsProxy> {
    const behind = new Client(target, credentials.createInsecure(), ANY_SIZE);
    const server = new Server(ANY_SIZE);
    const definitions: Record<string, MethodDefinition<Buffer, Buffer>> = {};
    const handlers: Record<string, handleUnaryCall<Buffer, Buffer>> = {};
    for (const request of Object.keys(messages).filter((message) => message.endsWith('Request'))) {
      const name = request.replace(/Request$/, '');
      const definition = bytesMethod(`/temporal.api.workflowservice.v1.WorkflowService/${name}`);
      definitions[name] = definition;
      handlers[name] = (call, answer) => {
        const { path, requestSerialize, responseDeserialize } = definition;
        const { request, metadata } = call;
        const forwarded = behind.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata,
          { deadline: call.getDeadline() },
          (error, response) => {
            if (error !== null || response === undefined) answer(error);
            else answer(null, name === 'DescribeNamespace' ? withLimits(response, limits) : response);
          },
        );
        call.on('cancelled', () => forwarded.cancel());
      };
    }
    server.addService(definitions, handlers);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return new LimitsProxy(`127.0.0.1:${port}`, () => {
      server.forceShutdown();
      behind.close();
    });
  }
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

function withLimits(response: Buffer, { blob, memo }: Limits): Buffer {
  const description = DescribeNamespaceResponse.decode(response);
  const limits = { blobSizeLimitError: Long.fromNumber(blob), memoSizeLimitError: Long.fromNumber(memo) };
  description.namespaceInfo = { ...description.namespaceInfo, limits };
  return Buffer.from(DescribeNamespaceResponse.encode(description).finish());
}
