import { type Client, type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { toPayloads } from '@temporalio/common';
import { generateProgram } from '../determinism/generator.ts';
import { type Interpret, put, runSteps, traceSoFar } from '../determinism/messages.ts';
import type { Input, Program } from '../determinism/program.ts';
import { SeededRandom } from '../determinism/seeded-random.ts';
import { ProgramExecution } from '../differential/program-run.ts';
import { inquireTaskQueue, inquireWorkflow } from './inquest.ts';
import type { Persistence } from './persistent.ts';

const CALM = 'on the calm server';

/** A program that was run through the faults. */
export interface ProgramRun {
  readonly name: string;
  readonly program: Program;
  readonly workflowId: string;
  /** Its result, and the results of its updates. */
  readonly outcome: unknown;
  /** The same from a run without faults. */
  readonly expected: unknown;
  readonly trace: string[];
  readonly runId: string;
}

/** A client and a task queue of a server where nothing fails. */
interface Calm {
  readonly client: Client;
  readonly taskQueue: string;
}

export interface LoadOptions {
  readonly seed: number;
  readonly client: Client;
  readonly persistence: Persistence;
  readonly calm: Calm;
  /** Task queue of the workers with small caches. */
  readonly taskQueue: string;
  /**
   * Task queue for programs with local activities. Core cancels a local activity when its run is evicted for want of space, which
   * gives another value: see `Program.hasLocalActivities`. Without it there are no such programs.
   */
  readonly localTaskQueue: string | undefined;
  readonly concurrency: number;
  /**
   * Whether programs are queried while they run. A query can leave its run ahead of the latest workflow task, and an update or a
   * signal that comes then is recorded in an order that replays do not have: a limit of core's.
   */
  readonly queries: boolean;
}

/** Runs programs, so many at a time, until no more are to be started. */
export class Load {
  readonly #options: LoadOptions;
  readonly #id = crypto.randomUUID();
  readonly #underWay = new Map<string, { phase: string; workflowId: string }>();
  readonly runs: ProgramRun[] = [];
  readonly failures: string[] = [];
  started = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Number of programs that have not ended. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Tells what each program that has not ended is at, and who takes tasks. */
  async complaints(): Promise<string[]> {
    const { client, taskQueue, localTaskQueue } = this.#options;
    const complaints = await Promise.all(
      [...this.#underWay].map(async ([name, { phase, workflowId }]) => {
        const complaint = `${name} has not ended: ${phase}`;
        return phase === CALM ? [complaint] : [complaint, ...(await inquireWorkflow(client, workflowId))];
      }),
    );
    const queues = await Promise.all(
      [taskQueue, localTaskQueue].map((queue) => (queue === undefined ? [] : inquireTaskQueue(client, queue))),
    );
    return [...complaints, ...queues].flat();
  }

  /** Resolves when the programs that were started before `over` have ended. */
  async run(over: AbortSignal): Promise<void> {
    const lane = async () => {
      while (!over.aborted) await this.#runNext();
    };
    await Promise.all(Array.from({ length: this.#options.concurrency }, lane));
  }

  async #runNext(): Promise<void> {
    const { index, program } = this.#nextProgram();
    const name = `program ${index}${program.hasLocalActivities ? ', with local activities' : ''}`;
    const workflowId = `${this.#id}/${index}`;
    const state = { phase: CALM, workflowId };
    this.#underWay.set(name, state);
    const enter = (phase: string) => {
      state.phase = phase;
    };
    try {
      this.runs.push(await this.#execute(name, workflowId, program, enter));
    } catch (error) {
      this.failures.push(
        `${name}, ${state.phase}: ${error}, caused by ${(error as Error).cause}, ${JSON.stringify(program)}`,
      );
    }
    this.#underWay.delete(name);
  }

  /** The next program that there is a worker for. */
  #nextProgram(): { index: number; program: Program } {
    for (;;) {
      const index = this.started++;
      const random = new SeededRandom(this.#options.seed + index);
      const program = generateProgram({ random, closed: true });
      if (!program.hasLocalActivities || this.#options.localTaskQueue !== undefined) return { index, program };
    }
  }

  async #execute(
    name: string,
    workflowId: string,
    program: Program,
    enter: (phase: string) => void,
  ): Promise<ProgramRun> {
    const { client, persistence, calm, taskQueue, localTaskQueue, queries } = this.#options;
    const { outcome: expected } = await new ProgramExecution(calm.client, calm.taskQueue, program).run();
    enter('to be started');
    await persistence
      .send(() =>
        client.workflow.start<Interpret>('interpret', {
          workflowId,
          taskQueue: (program.hasLocalActivities && localTaskQueue) || taskQueue,
          args: [program],
          workflowTaskTimeout: '3s',
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
        }),
      )
      .catch((error) => {
        // It was started by a request whose answer was lost, and has already ended.
        if (error.name !== 'WorkflowExecutionAlreadyStartedError') throw error;
      });
    const handle = client.workflow.getHandle<Interpret>(workflowId);
    const updates: Promise<unknown>[] = [];
    for (const [index, input] of program.inputs.entries()) {
      enter(`input ${index} to be sent: ${input.send}`);
      for (let pause = 0; pause < input.pauses; pause++) {
        await persistence.send<unknown>(() =>
          queries && !program.hasLocalActivities ? handle.query(traceSoFar) : handle.describe(),
        );
      }
      const update = await this.#send(handle, input, `input-${index}`);
      if (update === undefined) continue;
      const updated = update();
      // It is awaited at the end, unless the workflow fails first.
      updated.catch(() => undefined);
      updates.push(updated);
    }
    enter('to end');
    const observation = await persistence.send(() => handle.result());
    const { raw } = await persistence.send(() => handle.describe());
    return {
      name,
      program,
      workflowId,
      outcome: { values: observation.values, updates: await Promise.all(updates) },
      expected,
      trace: observation.trace,
      runId: raw.workflowExecutionInfo?.firstRunId ?? '',
    };
  }

  /** Sends an input under an id, by which the server knows it when it comes again. Gives what waits for an update's result. */
  async #send(
    handle: WorkflowHandle<Interpret>,
    input: Input,
    id: string,
  ): Promise<(() => Promise<unknown>) | undefined> {
    const { client, persistence } = this.#options;
    switch (input.send) {
      case 'signal':
        await persistence.send(() =>
          client.workflowService.signalWorkflowExecution({
            namespace: client.options.namespace,
            workflowExecution: { workflowId: handle.workflowId },
            signalName: put.name,
            input: { payloads: toPayloads(client.options.loadedDataConverter.payloadConverter, input.channel) ?? [] },
            requestId: id,
          }),
        );
        return undefined;
      case 'update': {
        const options = { updateId: id, args: [input.steps] as [typeof input.steps] };
        const update = await persistence.send(() =>
          handle.startUpdate(runSteps, { ...options, waitForStage: 'ACCEPTED' }),
        );
        return () => persistence.send(() => update.result());
      }
      case 'rejectedUpdate': {
        const rejection = await persistence
          .send(() => handle.executeUpdate(runSteps, { updateId: id, args: [[]] }))
          .catch((error) => error);
        if (!(rejection instanceof WorkflowUpdateFailedError)) throw rejection;
        return undefined;
      }
      case 'cancellation':
        throw new Error('a closed program is not cancelled');
    }
  }
}
