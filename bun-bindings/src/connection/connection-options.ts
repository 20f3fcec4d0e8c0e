import type { Metadata } from '@temporalio/client';
import {
  joinProtoHostPort,
  normalizeGrpcEndpointAddress,
} from '@temporalio/common/lib/internal-non-workflow/parse-host-uri';
import {
  type ProxyConfig,
  parseHttpConnectProxyAddress,
} from '@temporalio/common/lib/internal-non-workflow/proxy-config';
import { normalizeTlsConfig, type TLSConfig } from '@temporalio/common/lib/internal-non-workflow/tls-config';
import { type Duration, msToNumber } from '@temporalio/common/lib/time';
import packageJson from '../../package.json' with { type: 'json' };
import type { NativeClientConfig, NativeMetadata } from '../native/client.ts';
import type { NativeEmbeddedServer } from '../native/embedded-server.ts';
import { sdkVersion } from '../sdk-version.ts';

export type { ProxyConfig, TLSConfig };

const DEFAULT_PORT = 7233;

/** Spreads calls over all addresses of the server's host name. */
export interface DNSLoadBalancingConfig {
  /** Interval between two lookups of the name: a number of ms, or an ms string. */
  resolutionInterval: Duration;
}

export type GrpcCompressionConfig = { codec: 'gzip' } | { codec: 'none' };

/** Sizes in bytes above which a warning is logged. 0 turns a warning off. */
export interface PayloadLimitsConfig {
  /** Default: 512 KiB. */
  payloadsWarnSize?: number;
  /** Default: 2 KiB. */
  memoWarnSize?: number;
}

/** Options of a connection to a Temporal server. */
export interface NativeConnectionOptions {
  /** `host:port`, or a host alone for port 7233. Default: `localhost:7233`. */
  address?: string;
  /** `true` or a configuration turns TLS on, `false` or `null` turns it off. Default: on with an API key. */
  tls?: TLSConfig | boolean | null;
  /** An HTTP CONNECT proxy. */
  proxy?: ProxyConfig;
  /** Default: off. */
  dnsLoadBalancingConfig?: DNSLoadBalancingConfig | null;
  /**
   * Default: gzip. To a server on this machine without a proxy: none, because compression costs more than it saves
   * there.
   */
  grpcCompression?: GrpcCompressionConfig;
  /** Metadata that every call carries. Values of keys that end in `-bin` are bytes. */
  metadata?: Metadata;
  /** Sent as a bearer token with every call. */
  apiKey?: string;
  /** Leaves the gRPC status code out of the metrics of failed calls. */
  disableErrorCodeMetricTags?: boolean;
  payloadLimits?: PayloadLimitsConfig;
  /** @internal The server in this process to connect to, in the place of one at an address. */
  embeddedServer?: NativeEmbeddedServer;
  /** Plugins that may change these options. Clients and workers that use the connection get them, too. */
  plugins?: NativeConnectionPlugin[];
}

/** Changes the options of a connection before it is created. */
export interface NativeConnectionPlugin {
  get name(): string;
  configureNativeConnection?(options: NativeConnectionOptions): NativeConnectionOptions;
}

/** The options that the fields of the bridge's configuration are made from. */
export const OPTION_OF_FIELD = {
  target: 'address',
  httpConnectProxy: 'proxy',
  'tls.serverRootCaCert': 'tls.serverRootCACertificate',
  'tls.clientCert': 'tls.clientCertPair.crt',
  'tls.clientPrivateKey': 'tls.clientCertPair.key',
  'tls.domain': 'tls.serverNameOverride',
};

/** Converts options to the bridge's configuration. Throws a TypeError for options that contradict each other. */
export function toNativeClientConfig(options: NativeConnectionOptions): NativeClientConfig {
  const address = normalizeGrpcEndpointAddress(options.address ?? `localhost:${DEFAULT_PORT}`, DEFAULT_PORT);
  const tls = normalizeTlsConfig(options.tls, options.apiKey);
  if (options.apiKey && Object.keys(options.metadata ?? {}).some((key) => key.toLowerCase() === 'authorization')) {
    throw new TypeError(
      'Both `apiKey` option and `Authorization` header were provided. Only one makes sense to use at a time.',
    );
  }
  const codec = options.grpcCompression?.codec;
  if (codec !== undefined && codec !== 'gzip' && codec !== 'none')
    throw new TypeError(`Unsupported gRPC compression codec: ${codec}`);
  return {
    ...(options.embeddedServer
      ? { embeddedServer: options.embeddedServer.handle }
      : { target: `${tls ? 'https' : 'http'}://${address}` }),
    clientName: packageJson.name,
    clientVersion: sdkVersion(true),
    apiKey: options.apiKey ?? undefined,
    tls: tls && nativeTls(tls),
    httpConnectProxy: options.proxy?.targetHost ? nativeProxy(options.proxy) : undefined,
    dnsLoadBalancing: options.dnsLoadBalancingConfig
      ? { resolutionIntervalMs: msToNumber(options.dnsLoadBalancingConfig.resolutionInterval) }
      : null,
    compression: codec,
    ...toNativeMetadata(options.metadata ?? {}),
    disableErrorCodeMetricTags: options.disableErrorCodeMetricTags,
    payloadLimits: {
      payloadsWarnBytes: options.payloadLimits?.payloadsWarnSize,
      memoWarnBytes: options.payloadLimits?.memoWarnSize,
    },
  };
}

/** Splits metadata into text and bytes. */
export function toNativeMetadata(metadata: Metadata): Required<NativeMetadata> {
  const text: Record<string, string> = {};
  const binary: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === 'string') text[key] = value;
    else binary[key] = Buffer.from(value).toString('base64');
  }
  return { metadata: text, binaryMetadata: binary };
}

function nativeTls(tls: TLSConfig): NonNullable<NativeClientConfig['tls']> {
  return {
    domain: tls.serverNameOverride,
    serverRootCaCert: pem(tls.serverRootCACertificate),
    clientCert: pem(tls.clientCertPair?.crt),
    clientPrivateKey: pem(tls.clientCertPair?.key),
  };
}

function pem(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString();
}

function nativeProxy({ targetHost, basicAuth }: ProxyConfig): NonNullable<NativeClientConfig['httpConnectProxy']> {
  const { hostname, port } = parseHttpConnectProxyAddress(targetHost);
  return { target: joinProtoHostPort({ hostname, port }), basicAuth };
}
