export type {
  DNSLoadBalancingConfig,
  GrpcCompressionConfig,
  NativeConnectionOptions,
  NativeConnectionPlugin,
  PayloadLimitsConfig,
  ProxyConfig,
  TLSConfig,
} from './connection-options.ts';
export { NativeConnection } from './native-connection.ts';
