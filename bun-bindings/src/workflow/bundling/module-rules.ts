import { builtinModules } from 'node:module';
import { allowedBuiltinModules } from './builtin-module-names.ts';

/** Modules that have no place in a workflow: they do I/O, or belong to the other side of a worker. */
export const disallowedModules: string[] = [
  ...builtinModules.filter(
    (name) => !allowedBuiltinModules.includes(name) && !name.startsWith('bun:') && name !== 'bun',
  ),
  'bun',
  '@temporalio/activity',
  '@temporalio/client',
  '@temporalio/worker',
  'temporal-bun-sdk',
  '@temporalio/common/lib/internal-non-workflow',
  '@temporalio/interceptors-opentelemetry/lib/client',
  '@temporalio/interceptors-opentelemetry/lib/worker',
  '@temporalio/interceptors-opentelemetry-v2/lib/client',
  '@temporalio/interceptors-opentelemetry-v2/lib/worker',
  '@temporalio/testing',
  '@temporalio/core-bridge',
];

/** Whether `specifier` names one of `modules` or something inside one of them. */
export function moduleMatches(specifier: string, modules: readonly string[]): boolean {
  return modules.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

/** `node:fs` and `fs` are the same module. */
export function withoutNodePrefix(specifier: string): string {
  return specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
}

export function isDisallowed(specifier: string): boolean {
  return specifier.startsWith('bun:') || moduleMatches(specifier, disallowedModules);
}

/** Parts of the shared packages that bring protobufjs along: they go with the code that imports them. */
const NOT_SHARED = [
  '@temporalio/common/lib/protobufs',
  '@temporalio/common/lib/proto-utils',
  '@temporalio/common/lib/converter/protobuf-payload-converters',
];

/**
 * Whether an import is answered by the library bundle of the bundle, which every run shares, so that
 * `instanceof` works between the workflow's code and the library's.
 */
export function isLibraryModule(specifier: string): boolean {
  return (
    moduleMatches(specifier, ['@temporalio/workflow', '@temporalio/common', 'nexus-rpc', 'long']) &&
    !moduleMatches(specifier.replace(/\.js$/, ''), NOT_SHARED)
  );
}
