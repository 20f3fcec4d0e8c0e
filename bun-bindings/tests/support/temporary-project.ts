import { afterAll } from 'bun:test';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { BundleCache } from '../../src/workflow/bundling/bundle-cache.ts';
import { type BundleOptions, WorkflowCodeBundler } from '../../src/workflow/bundling/bundler.ts';
import type { LoadedBundle } from '../../src/workflow/bundling/loaded-bundle.ts';
import { IsolateDriver } from './isolate-driver.ts';

const folders: string[] = [];
const drivers: IsolateDriver[] = [];

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'temporal-bun-sdk-')));
  folders.push(folder);
  return folder;
}

/** Library parts of all projects, so that not each test has to build one. */
const cacheFolder = join(tmpdir(), `temporal-bun-sdk-cache-${process.pid}`);
const sharedCache = new BundleCache(cacheFolder);

/** Removes all projects, and closes what was opened with them. */
export function removeProjects(): void {
  for (const { host } of drivers.splice(0)) host.close();
  for (const folder of [...folders.splice(0), cacheFolder]) rmSync(folder, { recursive: true, force: true });
}

/** Removes the projects of a test file after its tests. */
export function cleanUpProjects(): void {
  afterAll(removeProjects);
}

/** A project of a user, which a test writes file by file. */
export class TemporaryProject {
  readonly root = temporaryFolder();

  /** @param files contents by their paths in the project; objects are written as JSON. */
  constructor(files: Record<string, string | object> = {}) {
    this.write(files);
  }

  path(name: string): string {
    return join(this.root, name);
  }

  write(files: Record<string, string | object>): void {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true });
      writeFileSync(this.path(name), typeof content === 'string' ? content : JSON.stringify(content));
    }
  }

  /** Makes a link, as package managers do for the packages of a workspace. */
  link(name: string, target: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    symlinkSync(this.path(target), this.path(name));
  }

  /** Makes a link to something outside of the project. */
  linkTo(name: string, target: string): void {
    symlinkSync(target, this.path(name));
  }

  /** Copies a file or folder of another project. */
  copy(from: TemporaryProject, name: string, to: string): void {
    cpSync(from.path(name), this.path(to), { recursive: true });
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true });
  }

  /** Bundles `workflows.ts`, if `options` do not say otherwise. */
  bundle(options: Partial<BundleOptions> = {}, cache: BundleCache = sharedCache): Promise<LoadedBundle> {
    return new WorkflowCodeBundler({ workflowsPath: this.path('workflows.ts'), ...options }, cache).build();
  }

  /** The message that bundling fails with, with paths from the project's folder. */
  async bundleError(options: Partial<BundleOptions> = {}): Promise<string> {
    const outcome = await this.bundle(options).catch((error: Error) => error);
    if (!(outcome instanceof Error)) throw new Error('The bundle was made');
    return outcome.message.replace(new RegExp(`[./\\w-]*${basename(this.root)}/`, 'g'), '');
  }

  /** Opens an isolate with a bundle of the project. */
  async open(options: Partial<BundleOptions> = {}): Promise<IsolateDriver> {
    return openBundle(await this.bundle(options));
  }

  /** Resolves with the result of the workflow `main` of the project. */
  async run(options: Partial<BundleOptions> = {}): Promise<unknown> {
    const driver = await this.open(options);
    const { result, failure } = await driver.start('main');
    if (failure !== undefined) throw new Error(`The workflow task failed: ${failure.message}`);
    return result;
  }
}

export async function openBundle(bundle: LoadedBundle): Promise<IsolateDriver> {
  const driver = await IsolateDriver.open({ workflowsPath: '' }, { bundle });
  drivers.push(driver);
  return driver;
}
