import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Glob } from 'bun';
import type { Packages } from './packages.ts';

/** The output of a command, and how it ended. */
export interface Outcome {
  exitCode: number;
  /** Both streams, standard output first. */
  output: string;
}

/** The version that all packages of a test have. */
export const VERSION = '1.24.0';
/** The alias under which this package stands for `@temporalio/worker`. */
export const ALIAS: string = `npm:temporal-bun-sdk@${VERSION}`;

/** `@temporalio` packages in one version, as a project with workflows, activities and a client has them. */
export function temporalPackages(version: string = VERSION): Record<string, string> {
  return Object.fromEntries(
    ['activity', 'client', 'common', 'workflow'].map((name) => [`@temporalio/${name}`, version]),
  );
}

/** Workflows and activities, as a user writes them. */
export const HELLO: Record<string, string> = {
  'activities.ts': `
    export async function greet(name: string): Promise<string> {
      if (name === 'nobody') throw new Error('there is nobody');
      return \`Hello, \${name}!\`;
    }`,
  'workflows.ts': `
    import { proxyActivities } from '@temporalio/workflow';
    import type * as activities from './activities.js';
    const { greet } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } });
    export async function hello(name: string): Promise<string> {
      return await greet(name);
    }`,
};

/** A user's project outside of this repository, in a folder with a name that users give and URLs encode. */
export class UserProject {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'my project \u00e9 % ')));

  constructor(files: Record<string, string | object>) {
    this.write(files);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(files: Record<string, string | object>): void {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true });
      writeFileSync(this.path(name), typeof content === 'string' ? content : JSON.stringify(content));
    }
  }

  /** Installs with Bun. @throws Error with what it printed if it fails */
  async bunInstall({ registry }: Packages, ...args: string[]): Promise<void> {
    await this.#install([process.execPath, 'install', ...args], registry);
  }

  /** Installs with npm. @throws Error with what it printed if it fails */
  async npmInstall({ registry }: Packages, ...args: string[]): Promise<void> {
    await this.#install(['npm', 'install', '--no-audit', '--no-fund', ...args], registry);
  }

  async #install(command: string[], registry: string): Promise<void> {
    const { exitCode, output } = await this.run(command, { npm_config_registry: registry });
    if (exitCode !== 0) throw new Error(output);
  }

  /** Runs Bun in the project. */
  bun(args: string[], env: Record<string, string | undefined> = {}): Promise<Outcome> {
    return this.run([process.execPath, ...args], env);
  }

  /** Runs a command in the project. The library of this checkout is out of its sight. */
  async run(command: string[], env: Record<string, string | undefined> = {}): Promise<Outcome> {
    const running = Bun.spawn(command, {
      cwd: this.folder,
      env: { ...process.env, TEMPORAL_BUN_SDK_NATIVE_PATH: undefined, ...env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [stdout, stderr] = await Promise.all([running.stdout.text(), running.stderr.text()]);
    return { exitCode: await running.exited, output: stdout + stderr };
  }

  /** The folders of installed packages of such a name, by their paths in the project. */
  installed(name: string): string[] {
    const files = new Glob(`**/node_modules/${name}/package.json`).scanSync({ cwd: this.folder, dot: true });
    return [...files].map((file) => dirname(file)).sort();
  }

  /** The size of everything that is installed, or of a folder of it, in bytes. */
  installedSize(folder = 'node_modules'): number {
    const files = new Glob(`${folder}/**`).scanSync({ cwd: this.folder, dot: true, followSymlinks: false });
    return [...files].reduce((size, file) => size + Bun.file(this.path(file)).size, 0);
  }
}
