/**
 * Replaces a module of `@temporalio/worker` that `@temporalio/testing` imports but that cannot work with this package.
 */
throw new Error(
  'This module belongs to @temporalio/worker, and temporal-bun-sdk is in its place. @temporalio/testing imports it: ' +
    'depend on "@temporalio/testing": "npm:@temporal-bun-sdk/testing" instead',
);
