// The workflows of the chaos tests for @temporalio/worker. They lie outside of this folder, and are to find its packages.
import { fileURLToPath } from 'node:url';

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));

export const chaosBundle = {
  workflowsPath: pathOf('../chaos/fixtures/workflows.ts'),
  interceptors: { workflowModules: [pathOf('../chaos/fixtures/impatience.ts')] },
  bundlerOptions: {
    webpackConfigHook(config) {
      const modules = [pathOf('node_modules'), ...(config.resolve.modules ?? ['node_modules'])];
      return { ...config, resolve: { ...config.resolve, modules } };
    },
  },
};
