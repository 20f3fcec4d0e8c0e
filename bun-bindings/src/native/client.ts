import { bytesArgument, checkCode, jsonArgument, textArgument } from './calls.ts';
import type { CompletionQueue, PendingCall } from './completion-queue.ts';
import { NativeObject } from './handle.ts';
import { native } from './library.ts';
import type { NativeRuntime } from './runtime.ts';

/** A client's configuration; see `docs/ffi-surface.md`. Times are in ms. */
export interface NativeClientConfig {
  /** An http or https URL. */
  target?: string;
  /** In the place of a target: the handle of an embedded server. */
  embeddedServer?: number;
  clientName: string;
  clientVersion: string;
  identity?: string;
  apiKey?: string;
  metadata?: Record<string, string>;
  /** Values are base64. */
  binaryMetadata?: Record<string, string>;
  /** Certificates and keys are PEM. */
  tls?: { serverRootCaCert?: string; domain?: string; clientCert?: string; clientPrivateKey?: string };
  httpConnectProxy?: { target: string; basicAuth?: { username: string; password: string } };
  keepAlive?: { intervalMs?: number; timeoutMs?: number } | null;
  dnsLoadBalancing?: { resolutionIntervalMs?: number } | null;
  retry?: {
    initialIntervalMs?: number;
    randomizationFactor?: number;
    multiplier?: number;
    maxIntervalMs?: number;
    maxElapsedTimeMs?: number | null;
    maxRetries?: number;
  };
  connectTimeoutMs?: number;
  overrideOrigin?: string;
  compression?: 'gzip' | 'none';
  payloadLimits?: { payloadsWarnBytes?: number; memoWarnBytes?: number };
  disableErrorCodeMetricTags?: boolean;
  skipGetSystemInfo?: boolean;
  /** The queue, by its handle, that calls go to in the place of a server. */
  serviceOverride?: { queue: number; tag?: number };
}

export interface NativeMetadata {
  metadata?: Record<string, string>;
  /** Values are base64. */
  binaryMetadata?: Record<string, string>;
}

export interface NativeCallOptions extends NativeMetadata {
  timeoutMs?: number;
  /** Whether core retries what can be retried. Default: true. */
  retry?: boolean;
}

/** A connection to a Temporal server. */
export class NativeClient extends NativeObject {
  static connect(
    runtime: NativeRuntime,
    queue: CompletionQueue,
    config: NativeClientConfig,
  ): PendingCall<NativeClient> {
    const call = queue.submitNew((queueHandle, tag) =>
      native().temporal_bun_client_connect(runtime.handle, ...jsonArgument(config), queueHandle, tag),
    );
    return { result: call.result.then((handle) => new NativeClient(handle)), cancel: call.cancel };
  }

  private constructor(handle: number) {
    super(handle, native().temporal_bun_client_free);
  }

  /**
   * Calls a method by its full name, `package.Service/Method`. Takes an encoded request and returns an encoded
   * response.
   */
  call(
    queue: CompletionQueue,
    method: string,
    request: Uint8Array,
    options: NativeCallOptions = {},
  ): PendingCall<Uint8Array> {
    return queue.submit((queueHandle, tag) =>
      native().temporal_bun_client_call(
        this.handle,
        ...textArgument(method),
        ...bytesArgument(request),
        ...jsonArgument(options),
        queueHandle,
        tag,
      ),
    );
  }

  /** Replaces the metadata of all later calls. An absent field keeps its value. */
  updateMetadata(metadata: NativeMetadata): void {
    checkCode(native().temporal_bun_client_update_metadata(this.handle, ...jsonArgument(metadata)));
  }

  /** Replaces the API key of all later calls. */
  updateApiKey(apiKey: string | undefined): void {
    const argument = apiKey === undefined ? ([null, 0] as const) : textArgument(apiKey);
    checkCode(native().temporal_bun_client_update_api_key(this.handle, ...argument));
  }
}
