import type { Logger } from '@temporalio/common';
import { loadBundle } from '../../workflow/bundling/bundle.ts';
import { createWorkflowBundle } from '../../workflow/bundling/bundler.ts';
import { embeddedIn } from '../../workflow/bundling/embedded-bundle.ts';
import type { LoadedBundle } from '../../workflow/bundling/loaded-bundle.ts';
import type { CompiledWorkerOptions } from '../options/compiled-options.ts';
import { watchSources } from './watched-sources.ts';

/** Loads the prebuilt bundle of the options, or builds a bundle from `workflowsPath`. */
export async function workerBundle(options: CompiledWorkerOptions, logger: Logger): Promise<LoadedBundle> {
  const { workflowBundle, workflowsPath, bundlerOptions, interceptors, dataConverter } = options;
  if (workflowBundle !== undefined) {
    if (workflowsPath) logger.warn('Ignoring WorkerOptions.workflowsPath because WorkerOptions.workflowBundle is set');
    if (bundlerOptions)
      logger.warn('Ignoring WorkerOptions.bundlerOptions because WorkerOptions.workflowBundle is set');
    if (interceptors.workflowModules.length > 0) {
      logger.warn(
        'Ignoring WorkerOptions.interceptors.workflowModules because WorkerOptions.workflowBundle is set.\n' +
          'To use workflow interceptors with a workflowBundle, pass them in the call to bundleWorkflowCode.',
      );
    }
    return embeddedIn(workflowBundle) ?? loadBundle(workflowBundle, logger);
  }
  const bundle = await createWorkflowBundle({
    workflowsPath: workflowsPath as string,
    workflowInterceptorModules: interceptors.workflowModules,
    payloadConverterPath: dataConverter?.payloadConverterPath,
    failureConverterPath: dataConverter?.failureConverterPath,
    ignoreModules: bundlerOptions?.ignoreModules,
    preloadModules: bundlerOptions?.preloadModules,
    webpackConfigHook: bundlerOptions?.webpackConfigHook,
    bunPlugins: bundlerOptions?.bunPlugins,
    logger,
    plugins: options.plugins,
  });
  await watchSources(bundle, process.execArgv);
  return bundle;
}
