export type {
  DNSLoadBalancingConfig,
  GrpcCompressionConfig,
  NativeConnectionOptions,
  NativeConnectionPlugin,
  PayloadLimitsConfig,
  ProxyConfig,
  TLSConfig,
} from './connection-options.ts';
export { NativeConnection, type PollKind, UNUSED_TASK_QUEUE } from './native-connection.ts';
