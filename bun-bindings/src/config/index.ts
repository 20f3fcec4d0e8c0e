export { type LoadTemporalConfigOptions, loadTemporalConfig, type TemporalConfig } from './load-temporal-config.ts';
export { TemporalConfigError } from './temporal-config-error.ts';
