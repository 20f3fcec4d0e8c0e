export type {
  DNSLoadBalancingConfig,
  GrpcCompressionConfig,
  NativeConnectionOptions,
  NativeConnectionPlugin,
  PayloadLimitsConfig,
  ProxyConfig,
  TLSConfig,
} from './connection-options.ts';
export { NativeConnection, type PollKind } from './native-connection.ts';
