type NexusContext = typeof import('@temporalio/nexus/lib/context');

/**
 * The storage in which `@temporalio/nexus` keeps the context of a handler. Only projects with Nexus services have that
 * package. Bundlers ignore a missing package if it is required in this way.
 */
export const { asyncLocalStorage }: NexusContext = nexusContext();

function nexusContext(): NexusContext {
  try {
    return require('@temporalio/nexus/lib/context') as NexusContext;
  } catch (cause) {
    throw new Error(
      'Nexus services need the package @temporalio/nexus. Install it in the version of the other @temporalio packages.',
      { cause },
    );
  }
}
