import type { Combinator, Forever, Input, OperationKind, Program, Step } from './program.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface GeneratorOptions {
  random: SeededRandom;
  /** Whether the program is to be closed, see {@link Program}. */
  closed: boolean;
  /** Whether there are also steps that time out, fail, and are cancelled from outside, some of which take a second. */
  withFailures?: boolean;
  /** Whether there are Nexus operations as well. */
  withOperations?: boolean;
  /** Whether nothing goes on beside anything else. */
  sequential?: boolean;
  /** Whether what is asked to cancel is waited for. Otherwise it may end before the program, after it, or with it. */
  waitsForCancelled?: boolean;
}

/** Where a step is put. */
interface Place {
  depth: number;
  inChild: boolean;
  /** Whether a failure ends the steps that it is among. Of several that could be first, only one may. */
  mayFail: boolean;
}

const ROOT: Place = { depth: 0, inChild: false, mayFail: true };
const MAX_DEPTH = 3;

export function generateProgram(options: GeneratorOptions): Program {
  return new Generator(options).program();
}

class Generator {
  readonly #random: SeededRandom;
  readonly #closed: boolean;
  readonly #hasLocalActivities: boolean;
  readonly #withFailures: boolean;
  readonly #withOperations: boolean;
  readonly #sequential: boolean;
  readonly #waitsForCancelled: boolean;
  #inputs: Input[] = [];
  #channels = 0;
  #names = 0;

  constructor(options: GeneratorOptions) {
    this.#random = options.random;
    this.#closed = options.closed;
    this.#withFailures = options.withFailures ?? false;
    this.#withOperations = options.withOperations ?? false;
    this.#sequential = options.sequential ?? false;
    this.#waitsForCancelled = options.waitsForCancelled ?? false;
    this.#hasLocalActivities = this.#random.chance(0.5);
  }

  program(): Program {
    const hasLocalActivities = this.#hasLocalActivities;
    const steps = this.#several(2, 4, ROOT);
    const isCancelled = this.#withFailures && !this.#sequential && this.#random.chance(0.3);
    if (isCancelled) {
      // Steps behind it are cancelled at once, unless they are shielded.
      const behind = this.#several(0, 1, { ...ROOT, inChild: true, mayFail: false });
      steps.push({ do: 'cancelledFromOutside', ...this.#wait() }, { do: 'shield', body: behind });
    }
    if (!this.#sequential && this.#random.chance(0.5)) this.#addUpdate(isCancelled);
    const program: Program = { steps, inputs: this.#orderedInputs(), hasLocalActivities };
    if (!hasLocalActivities && this.#random.chance(0.3))
      program.next = this.#isolated(this.#several(1, 2, { ...ROOT, inChild: true }));
    return program;
  }

  #several(from: number, to: number, place: Place): Step[] {
    return Array.from({ length: this.#random.integer(from, to) }, () => this.#step(place));
  }

  #step(place: Place): Step {
    const random = this.#random;
    if (place.depth >= MAX_DEPTH || random.chance(0.35 + 0.15 * place.depth)) return this.#leaf(place);
    const inner = { ...place, depth: place.depth + 1 };
    if (this.#sequential) return this.#sequentialComposite(inner);
    const composites: (() => Step)[] = [
      () => this.#together(inner),
      () => this.#together(inner),
      () => this.#cancel(inner),
      () => this.#timeout(inner),
      () => ({ do: 'shield', body: this.#several(1, 2, { ...inner, mayFail: true }) }),
      () => this.#patch(inner),
      () => this.#child(inner),
      () => this.#childThatSignals(inner),
    ];
    if (!this.#closed) {
      composites.push(() => ({ do: 'toss', heads: this.#several(0, 2, inner), tails: this.#several(0, 2, inner) }));
    }
    return random.pick(composites)();
  }

  #sequentialComposite(place: Place): Step {
    const composites: (() => Step)[] = [
      () => ({ do: 'shield', body: this.#several(1, 2, { ...place, mayFail: true }) }),
      () => this.#patch(place),
      () => this.#child(place),
    ];
    return this.#random.pick(composites)();
  }

  #leaf(place: Place): Step {
    const random = this.#random;
    if (this.#withOperations && random.chance(0.2)) return this.#operation();
    if (this.#withFailures && random.chance(0.25)) return this.#failingLeaf();
    const leaves: (() => Step)[] = [
      () => ({ do: 'timer', ms: random.integer(1, 30) }),
      () => this.#activity(false),
      () => this.#activity(this.#hasLocalActivities),
      () => ({ do: 'uuid' }),
      () => ({ do: 'condition', channel: -1, ms: random.integer(1, 30) }),
      () => ({ do: 'deprecatedPatch', id: this.#name('old-patch') }),
    ];
    if (!place.inChild && !this.#sequential)
      leaves.push(
        () => this.#receive(),
        () => this.#receive(),
      );
    if (place.mayFail && place.depth > 0) {
      leaves.push(() => ({
        do: 'fail',
        by: random.pick(['throw', 'activity', this.#hasLocalActivities ? 'localActivity' : 'activity']),
      }));
    }
    return random.pick(leaves)();
  }

  #failingLeaf(): Step {
    const random = this.#random;
    const attempts = random.integer(1, 2);
    const leaves: (() => Step)[] = [
      () => ({ do: 'limit', limit: 'startToClose', attempts }),
      () => ({ do: 'limit', limit: 'heartbeat', attempts }),
      // These are not tried again.
      () => ({ do: 'limit', limit: random.pick(['scheduleToClose', 'scheduleToStart']), attempts: 1 }),
      () => ({ do: 'failingChild', how: random.pick(['fails', 'timesOut', 'isRefused']), attempts }),
      () => ({ do: 'askNobody', to: random.pick(['signal', 'cancel']) }),
      () => ({ do: 'memo', key: this.#name('memo') }),
    ];
    return { do: 'shield', body: [random.pick(leaves)()] };
  }

  #operation(): Step {
    const how = this.#random.pick<OperationKind>([
      'echo',
      'triedAgain',
      'fail',
      'refuse',
      'run',
      'runThatFails',
      'runThatTimesOut',
    ]);
    return { do: 'shield', body: [{ do: 'operation', how }] };
  }

  #activity(local: boolean): Step {
    const random = this.#random;
    const attempts = random.chance(0.2) ? 2 : 1;
    return { do: 'activity', name: this.#name('activity'), local, ms: random.integer(0, 15), attempts };
  }

  #receive(): Step {
    const channel = this.#channels++;
    this.#inputs.push({ send: 'signal', channel, pauses: this.#pauses() });
    const ms = this.#closed ? 3_600_000 : this.#random.integer(1, 50);
    return this.#random.chance(0.3) ? { do: 'condition', channel, ms } : { do: 'receive', channel };
  }

  #together(place: Place): Step {
    const random = this.#random;
    const how: Combinator = random.pick(['all', 'allSettled', 'race', 'any']);
    const branches = Array.from({ length: random.integer(2, 3) }, (_, index) => {
      if (this.#closed && index > 0 && (how === 'race' || how === 'any')) return [this.#forever()];
      const mayFail = how === 'allSettled' || !this.#closed || index === 0;
      return this.#several(1, 2, { ...place, mayFail });
    });
    if (this.#closed && how === 'any') {
      // One that succeeds, one that does not, and others that would be too late.
      branches[0] = this.#several(1, 2, { ...place, mayFail: false });
      branches.push([{ do: 'fail', by: 'throw' }]);
    }
    return { do: 'together', how, branches: how === 'all' || this.#closed ? branches : random.shuffle(branches) };
  }

  #cancel(place: Place): Step {
    const inner = { ...place, mayFail: true };
    const body = this.#several(0, 2, inner);
    const canceller = this.#several(0, 1, inner);
    return { do: 'cancel', body, canceller, ...(this.#endsByItself() ? {} : { forever: this.#wait() }) };
  }

  #timeout(place: Place): Step {
    const ms = this.#random.integer(1, 40);
    // A child may or may not have started by then, which may make a difference.
    if (this.#closed) return { do: 'timeout', ms, body: [], forever: this.#wait(['timer', 'condition', 'activity']) };
    return { do: 'timeout', ms, body: this.#several(1, 3, { ...place, mayFail: true }) };
  }

  #patch(place: Place): Step {
    return {
      do: 'patch',
      id: this.#name('patch'),
      active: this.#several(0, 2, place),
      inactive: this.#several(0, 2, place),
    };
  }

  #child(place: Place): Step {
    const steps = this.#several(1, 2, { ...place, inChild: true, mayFail: true });
    const child = this.#isolated(steps);
    if (this.#random.chance(0.2)) child.next = this.#isolated([this.#leaf({ ...place, inChild: true })]);
    return { do: 'child', program: child };
  }

  #childThatSignals(place: Place): Step {
    const channel = this.#channels++;
    const steps: Step[] = [...this.#several(0, 1, { ...place, inChild: true }), { do: 'signalParent', channel }];
    // A failure would keep it from sending its signal.
    const safe = steps.filter((step) => step.do !== 'fail');
    return {
      do: 'together',
      how: 'all',
      branches: [[{ do: 'child', program: this.#isolated(safe) }], [{ do: 'receive', channel }]],
    };
  }

  /** A program that no client sends anything to. */
  #isolated(steps: Step[]): Program {
    return { steps, inputs: [], hasLocalActivities: this.#hasLocalActivities };
  }

  /** Adds an update. Beside a cancellation its steps are shielded: they may be on their way when it comes, or over. */
  #addUpdate(isCancelled: boolean): void {
    const generated = this.#several(1, 2, { ...ROOT, depth: 2, inChild: true });
    const steps = isCancelled ? generated.map((step): Step => ({ do: 'shield', body: [step] })) : generated;
    this.#inputs.push({ send: 'update', steps, pauses: this.#pauses() });
  }

  /** The last one must be one that the program waits for: later ones could come too late. */
  #orderedInputs(): Input[] {
    const random = this.#random;
    const [last, ...others] = random.shuffle(this.#inputs);
    this.#inputs = [];
    if (last === undefined) return [];
    if (random.chance(0.4)) others.push({ send: 'rejectedUpdate', pauses: this.#pauses() });
    if (!this.#closed && random.chance(0.3)) others.push({ send: 'cancellation', pauses: this.#pauses() });
    return [...random.shuffle(others), last];
  }

  #endsByItself(): boolean {
    return !this.#closed && this.#random.chance(0.5);
  }

  #forever(): Step {
    return { do: 'forever', ...this.#wait() };
  }

  #wait(on: Forever['on'][] = this.#waits()): Forever {
    const random = this.#random;
    const what = random.pick(on);
    const cancellation = random.pick<Forever['cancellation']>(['ABANDON', 'TRY_CANCEL', 'WAIT_CANCELLATION_COMPLETED']);
    const waits = this.#waitsForCancelled && cancellation === 'TRY_CANCEL';
    return { on: what, cancellation: waits ? 'WAIT_CANCELLATION_COMPLETED' : cancellation };
  }

  #waits(): Forever['on'][] {
    const waits: Forever['on'][] = ['timer', 'condition', 'activity', 'child'];
    return this.#withOperations ? [...waits, 'operation'] : waits;
  }

  #pauses(): number {
    return this.#random.integer(0, 2);
  }

  #name(kind: string): string {
    return `${kind}-${this.#names++}`;
  }
}
