import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './user-project.ts';

interface Stage {
  /** The image that it begins with. */
  base: string;
  /** The folder that stands for the root of its file system. */
  root: string;
}

/** Runs a command in a folder. */
type Run = (command: string, folder: string) => Promise<Outcome>;

/**
 * Follows a Dockerfile without docker: copies into folders, and runs there what the images would run. The images that it begins
 * with are not there: commands find the programs of this machine.
 */
export class ImageBuild {
  readonly #context: string;
  readonly #roots: string;
  readonly #run: Run;
  readonly #stages = new Map<string, Stage>();
  #stage: Stage = { base: '', root: '' };
  #workdir = '/';
  /** The arguments of its last CMD or ENTRYPOINT. */
  command: string[] = [];

  /**
   * @param context the folder of the Dockerfile, whose files it copies.
   * @param roots a folder that is not there yet, for the file systems.
   */
  constructor(context: string, roots: string, run: Run) {
    this.#context = context;
    this.#roots = roots;
    this.#run = run;
  }

  /** The images that its stages begin with. */
  get bases(): string[] {
    return [...this.#stages.values()].map(({ base }) => base);
  }

  /** Where the command is run. */
  get folder(): string {
    return join(this.#stage.root, this.#workdir);
  }

  /** @throws Error with the output of an instruction that fails */
  async build(dockerfile: string): Promise<void> {
    for (const line of readFileSync(join(this.#context, dockerfile), 'utf8').split('\n')) {
      const [, instruction, rest = ''] = /^([A-Z]+) (.*)/.exec(line) ?? [];
      if (instruction !== undefined) await this.#follow(instruction, rest);
    }
  }

  async #follow(instruction: string, rest: string): Promise<void> {
    const words = rest.split(' ');
    switch (instruction) {
      case 'FROM':
        this.#begin(words[0] as string, words[2]);
        break;
      case 'WORKDIR':
        this.#workdir = rest;
        mkdirSync(this.folder, { recursive: true });
        break;
      case 'COPY':
        this.#copy(words);
        break;
      case 'RUN': {
        const { exitCode, output } = await this.#run(rest, this.folder);
        if (exitCode !== 0) throw new Error(`${rest}: ${output}`);
        break;
      }
      case 'CMD':
      case 'ENTRYPOINT':
        this.command = JSON.parse(rest);
        break;
      case 'USER':
      case 'STOPSIGNAL':
        break;
      default:
        throw new Error(`${instruction} is not followed here`);
    }
  }

  #begin(base: string, name = `stage-${this.#stages.size}`): void {
    this.#stage = { base, root: join(this.#roots, name) };
    this.#stages.set(name, this.#stage);
    this.#workdir = '/';
    mkdirSync(this.folder, { recursive: true });
  }

  #copy(words: string[]): void {
    const [, from] = /^--from=(.*)/.exec(words[0] as string) ?? [];
    const sources = words.slice(from === undefined ? 0 : 1, -1);
    const origin = from === undefined ? this.#context : (this.#stages.get(from)?.root as string);
    const target = words.at(-1) as string;
    const folder = target.startsWith('/') ? this.#stage.root : this.folder;
    for (const source of sources) {
      const into = target.endsWith('/') && source !== '.' ? join(target, source) : target;
      cpSync(join(origin, source), join(folder, into), { recursive: true, filter: (path) => this.#isCopied(path) });
    }
  }

  /** Whether `.dockerignore` lets a file of the context in. It has plain names here. */
  #isCopied(path: string): boolean {
    const ignored = readFileSync(join(this.#context, '.dockerignore'), 'utf8').split('\n');
    return !ignored.some((name) => name !== '' && path === join(this.#context, name.replace(/\/$/, '')));
  }
}

/** Writes the manifest of a project that has the published package in the place of the one of this repository. */
export function dependOnPublished(folder: string, worker: string): void {
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  manifest.dependencies['@temporalio/worker'] = worker;
  writeFileSync(path, JSON.stringify(manifest));
}
