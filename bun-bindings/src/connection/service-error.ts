import type { NativeBridgeError } from '../native/error.ts';

/** The gRPC status codes that this package creates itself. */
const CANCELLED = 1;
const UNAVAILABLE = 14;

/** The names of gRPC's status codes. */
const STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** The details of a failed call, as reported by the bridge. */
interface GrpcDetails {
  grpcCode: number;
  grpcMessage: string;
  grpcStatusDetails: string;
  metadata: Record<string, string>;
  binaryMetadata: Record<string, string>;
}

/** The part of gRPC's metadata class that error handlers use. */
class GrpcMetadata {
  readonly #entries = new Map<string, (string | Buffer)[]>();

  set(key: string, value: string | Buffer): void {
    this.#entries.set(key.toLowerCase(), [value]);
  }

  get(key: string): (string | Buffer)[] {
    return this.#entries.get(key.toLowerCase()) ?? [];
  }

  getMap(): Record<string, string | Buffer> {
    return Object.fromEntries([...this.#entries].map(([key, [value]]) => [key, value as string | Buffer]));
  }
}

/** A failed call in the shape of gRPC's `ServiceError`, so that the client's `isGrpcServiceError` recognizes it. */
class GrpcServiceError extends Error {
  override readonly name = 'ServiceError';

  constructor(
    /** A gRPC status code. */
    readonly code: number,
    /** The server's message. */
    readonly details: string,
    readonly metadata: GrpcMetadata,
    cause: NativeBridgeError,
  ) {
    // The same format as gRPC's own message, because the client strips the prefix.
    super(`${code} ${STATUS_NAMES[code]}: ${details}`, { cause });
  }
}

/** Converts the bridge's error of a call into a gRPC error. */
export function toServiceError(error: NativeBridgeError): Error {
  const metadata = new GrpcMetadata();
  if (error.code === 'rpc_failed') {
    const details = error.details as unknown as GrpcDetails;
    for (const [key, value] of Object.entries(details.metadata)) metadata.set(key, value);
    for (const [key, value] of Object.entries(details.binaryMetadata)) metadata.set(key, Buffer.from(value, 'base64'));
    if (details.grpcStatusDetails) {
      // The key that gRPC uses, in which the client looks for failure details.
      metadata.set('grpc-status-details-bin', Buffer.from(details.grpcStatusDetails, 'base64'));
    }
    return new GrpcServiceError(details.grpcCode, details.grpcMessage, metadata, error);
  }
  if (error.code === 'cancelled') return new GrpcServiceError(CANCELLED, 'Cancelled on client', metadata, error);
  if (error.code === 'closed' || error.code === 'invalid_handle') {
    return new GrpcServiceError(UNAVAILABLE, 'The connection is closed', metadata, error);
  }
  return error;
}
