/** Imports from `@temporalio/envconfig`. A published package has these functions in this module. */
export { type ClientConfigProfile, loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
