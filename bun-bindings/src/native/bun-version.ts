import { NativeBridgeError } from './error.ts';

const { engines, version: packageVersion } = require('../../package.json') as {
  engines: { bun: string };
  version: string;
};

/**
 * Rejects a version of Bun that is too old: it bundles workflows wrongly, or corrupts its memory when native threads
 * call into it.
 *
 * @throws NativeBridgeError `unsupported_bun`.
 */
export function checkBunVersion(version: string = Bun.version, needed: string = engines.bun): void {
  if (Bun.semver.satisfies(version, needed)) return;
  throw new NativeBridgeError(
    'unsupported_bun',
    `temporal-bun-sdk ${packageVersion} needs Bun ${needed}, and this is Bun ${version}. ` +
      'Run "bun upgrade", or take a newer image of Bun for a container.',
    { version, needed },
  );
}

// Check at import: an older Bun fails later, with messages that do not explain the cause.
checkBunVersion();
