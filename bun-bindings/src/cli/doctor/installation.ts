import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import { native, nativeLibraryPath } from '../../native/library.ts';
import { type CheckResult, failed, ok, warning } from './check.ts';

/** Checks what is installed: Bun, the package, the native library, and the packages of `@temporalio`. */
export function checkInstallation(projectFolder: string): CheckResult[] {
  return [checkBun(), checkLibrary(), ...checkTemporalPackages(projectFolder)];
}

function checkBun(): CheckResult {
  const range = packageJson.engines.bun;
  const detail = `Bun ${Bun.version} on ${process.platform} ${process.arch}, temporal-bun-sdk ${packageJson.version}`;
  if (Bun.semver.satisfies(Bun.version, range)) return ok('bun', detail);
  return failed('bun', detail, `Install Bun ${range}: \`bun upgrade\`.`);
}

function checkLibrary(): CheckResult {
  try {
    const version = native().temporal_bun_abi_version();
    return ok('native library', `${nativeLibraryPath()}, version ${version} of the interface`);
  } catch (error) {
    return failed(
      'native library',
      (error as Error).message,
      'See the message; installing the package again mostly helps.',
    );
  }
}

/** Packages of which a project must have one copy, at the version that the worker runs workflows with. */
const SHARED_PACKAGES = ['@temporalio/common', '@temporalio/workflow', '@temporalio/activity', '@temporalio/client'];

function checkTemporalPackages(projectFolder: string): CheckResult[] {
  const own = createRequire(import.meta.url);
  const project = createRequire(`${projectFolder}/package.json`);
  return SHARED_PACKAGES.flatMap((name) => {
    const path = `${name}/package.json`;
    let theirs: string;
    try {
      theirs = project.resolve(path);
    } catch {
      return []; // not a dependency of the project
    }
    const [theirVersion, ownVersion] = [versionOf(theirs), versionOf(own.resolve(path))];
    if (theirVersion === ownVersion) return [ok(name, theirVersion)];
    const detail = `${theirVersion} in ${dirname(theirs)}, but the worker has ${ownVersion}`;
    return [warning(name, detail, `Install ${name}@${ownVersion}, so that both are one copy.`)];
  });
}

function versionOf(packageJsonPath: string): string {
  return (require(packageJsonPath) as { version: string }).version;
}
