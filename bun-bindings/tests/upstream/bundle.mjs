// bundleWorkflowCode() of @temporalio/worker: bundle.mjs FILE. Bundles the tests' workflows and converter into the file.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const logger = { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error };
const { code } = await bundleWorkflowCode({
  workflowsPath: path('../fixtures/bundling/bundled-workflows.ts'),
  payloadConverterPath: path('../fixtures/bundling/converters.ts'),
  workflowInterceptorModules: [path('../fixtures/bundling/interceptors.ts')],
  logger,
});
writeFileSync(process.argv[2], code);
