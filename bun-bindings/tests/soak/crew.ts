import { expect } from 'bun:test';
import type { Client, WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import { type ConcurrencyLimit, limit } from '@temporalio/common/lib/concurrency/limit';
import type { SeededRandom } from '../determinism/seeded-random.ts';
import { add, addAndTell, finish, type Keeper, tell } from './keeper-messages.ts';
import { KeeperModel } from './keeper-model.ts';

type Action = 'signal' | 'update' | 'query' | 'evict';

/** How often each action comes up. Those that the server has to write down are what takes the time. */
const ACTIONS: Action[] = ['signal', 'signal', 'update', 'query', 'query', 'evict', 'evict', 'evict'];

interface Step {
  action: Action;
  amount: number;
}

export interface CrewOptions {
  client: Client;
  taskQueue: string;
  size: number;
  /** Most requests that are under way at a time. */
  concurrency: number;
  random: SeededRandom;
  evict(runId: string): void;
}

/** Keepers that are started together, are sent one thing or another in random order, and finish. */
export class Crew {
  readonly #members: Member[];
  readonly #options: CrewOptions;
  readonly #withinLimit: ConcurrencyLimit;

  private constructor(members: Member[], options: CrewOptions, withinLimit: ConcurrencyLimit) {
    this.#members = members;
    this.#options = options;
    this.#withinLimit = withinLimit;
  }

  /** Starts the members, each with a first amount. */
  static async start(options: CrewOptions): Promise<Crew> {
    const { client, taskQueue, size, random, concurrency } = options;
    const workflowId = crypto.randomUUID();
    const seeds = Array.from({ length: size }, () => ({
      seed: random.integer(0, 2 ** 31),
      amount: random.integer(0, 1000),
    }));
    const start = async ({ seed, amount }: (typeof seeds)[number], index: number): Promise<Member> => {
      const handle = await client.workflow.signalWithStart<Keeper, [number]>('keeper', {
        taskQueue,
        workflowId: `${workflowId}/${index}`,
        args: [seed],
        signal: add,
        signalArgs: [amount],
      });
      return new Member(handle, new KeeperModel(seed, amount));
    };
    const withinLimit = limit(concurrency);
    const members = await Promise.all(seeds.map((seed, index) => withinLimit(() => start(seed, index))));
    return new Crew(members, options, withinLimit);
  }

  get runIds(): string[] {
    return this.#members.map(({ runId }) => runId);
  }

  /** Takes `steps` steps with each member; whose turn it is, and what is done, is random. */
  async work(steps: number): Promise<void> {
    const { random, evict } = this.#options;
    const plan = random
      .shuffle(this.#members.flatMap((member) => Array.from({ length: steps }, () => member)))
      .map((member) => ({ member, action: random.pick(ACTIONS), amount: random.integer(0, 1000) }));
    await Promise.all(plan.map(({ member, ...step }) => this.#withinLimit(() => member.take(step, evict))));
  }

  /** Sees that a member has the state that it should. */
  check(index: number): Promise<void> {
    return this.#member(index).take({ action: 'query', amount: 0 }, this.#options.evict);
  }

  /** Finishes members, those from `first` to before `end`, and sees that each ends with the state that it should. */
  async finish(first = 0, end = this.#members.length): Promise<void> {
    await Promise.all(this.#members.slice(first, end).map((member) => this.#withinLimit(() => member.finish())));
  }

  #member(index: number): Member {
    const member = this.#members[index];
    if (member === undefined) throw new RangeError(`there is no keeper ${index}`);
    return member;
  }
}

/** One keeper, with the model of what its state is. Its steps are taken one after the other. */
class Member {
  #latest: Promise<void> = Promise.resolve();

  readonly #handle: WorkflowHandleWithSignaledRunId<Keeper>;
  readonly #model: KeeperModel;

  constructor(handle: WorkflowHandleWithSignaledRunId<Keeper>, model: KeeperModel) {
    this.#handle = handle;
    this.#model = model;
  }

  get runId(): string {
    return this.#handle.signaledRunId;
  }

  take(step: Step, evict: (runId: string) => void): Promise<void> {
    this.#latest = this.#latest.then(() => this.#takeNow(step, evict));
    return this.#latest;
  }

  async finish(): Promise<void> {
    await this.#latest;
    await this.#handle.signal(finish);
    expect(await this.#handle.result()).toEqual(this.#model.state);
  }

  async #takeNow({ action, amount }: Step, evict: (runId: string) => void): Promise<void> {
    switch (action) {
      case 'signal':
        this.#model.add(amount);
        await this.#handle.signal(add, amount);
        break;
      case 'update':
        this.#model.add(amount);
        expect(await this.#handle.executeUpdate(addAndTell, { args: [amount] })).toEqual(this.#model.state);
        break;
      case 'query':
        expect(await this.#handle.query(tell)).toEqual(this.#model.state);
        break;
      case 'evict':
        evict(this.runId);
        break;
    }
  }
}
