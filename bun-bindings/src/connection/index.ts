export type {
  DNSLoadBalancingConfig,
  GrpcCompressionConfig,
  NativeConnectionOptions,
  PayloadLimitsConfig,
  ProxyConfig,
  TLSConfig,
} from './connection-options.ts';
export { NativeConnection, type NativeConnectionPlugin } from './native-connection.ts';
