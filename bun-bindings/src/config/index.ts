export {
  type LoadTemporalConfigOptions,
  loadTemporalConfig,
  type TemporalConfig,
  TemporalConfigError,
} from './load-temporal-config.ts';
