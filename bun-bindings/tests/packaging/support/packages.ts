import { afterAll, beforeAll } from 'bun:test';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'bun';
import { LocalRegistry } from './registry.ts';

const packageFolder = join(import.meta.dir, '../../..');
/** The tarballs, which all files of one test run share. */
const tarballs = join(tmpdir(), `temporal-bun-sdk-packages-${process.pid}`);

/** The packages that the tests of a file install. */
export interface Packages {
  /** The address of a registry with the packages of this checkout. */
  readonly registry: string;
  /** The folder of the tarballs. */
  readonly tarballs: string;
}

/** Packs this checkout as it would be published, once for all files, and serves it while the tests of the calling file run. */
export function usePackages(): Packages {
  let registry: LocalRegistry | undefined;
  beforeAll(async () => {
    if (!existsSync(tarballs)) {
      process.on('exit', () => rmSync(tarballs, { recursive: true, force: true }));
      await $`${process.execPath} packaging/build-packages.ts ${tarballs}`.cwd(packageFolder).quiet();
    }
    registry = await LocalRegistry.start(tarballs);
  }, 240_000);
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
  });
  return {
    get registry() {
      if (registry === undefined) throw new Error('the registry runs only while the tests of its file do');
      return registry.url;
    },
    tarballs,
  };
}
