import {
  type Client,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
  WorkflowUpdateStage,
} from '@temporalio/client';
import { type Interpret, put, runSteps } from '../determinism/messages.ts';
import type { Input, Program } from '../determinism/program.ts';
import { type Recording, record } from '../determinism/recording.ts';
import { sendUpdate } from '../determinism/updates.ts';
import { placeOf } from './place.ts';

/** How a program went on one of the servers. */
export interface ProgramRun {
  /** The values that it gave, or how it failed, and the outcomes of its updates. */
  outcome: unknown;
  recordings: Recording[];
}

/** A program on its way. */
export class ProgramExecution {
  readonly #workflowId = crypto.randomUUID();
  #waitsFor = 'its start';

  constructor(
    readonly client: Client,
    readonly taskQueue: string,
    readonly program: Program,
  ) {}

  /** Runs the program to its end, and sends it what it is to be sent. */
  async run(): Promise<ProgramRun> {
    const { client, taskQueue, program } = this;
    const workflowId = this.#workflowId;
    const handle = await client.workflow.start<Interpret>('interpret', {
      taskQueue,
      workflowId,
      args: [program],
      ...(program.fails ? { retry: { initialInterval: 1, maximumAttempts: 2 } } : {}),
    });
    const updates: WorkflowUpdateHandle<unknown>[] = [];
    for (const [index, input] of program.inputs.entries()) {
      this.#waitsFor = `the answer to input ${index}`;
      for (let pause = 0; pause < input.pauses; pause++) await handle.describe();
      const update = await send(handle, input);
      if (update) updates.push(update);
    }
    this.#waitsFor = 'its result';
    const values = await handle.result().then(
      (observation) => observation.values,
      (error) => `${error.name}: ${error.cause?.message}`,
    );
    this.#waitsFor = 'the results of its updates';
    const outcomes = await Promise.all(updates.map((update) => update.result()));
    this.#waitsFor = 'the ends of its children';
    return {
      outcome: { values, updates: outcomes },
      recordings: await record(client, workflowId, handle.firstExecutionRunId, { untilChildrenEnd: true }),
    };
  }

  /** Tells where it stands. */
  async place(): Promise<string> {
    return `the client waits for ${this.#waitsFor}\n${await placeOf(this.client, this.#workflowId)}`;
  }
}

async function send(
  handle: WorkflowHandle<Interpret>,
  input: Input,
): Promise<WorkflowUpdateHandle<unknown> | undefined> {
  const waitForStage = WorkflowUpdateStage.ACCEPTED;
  switch (input.send) {
    case 'signal':
      await handle.signal(put, input.channel);
      return undefined;
    case 'update':
      return sendUpdate(() => handle.startUpdate(runSteps, { args: [input.steps], waitForStage }));
    case 'rejectedUpdate': {
      const rejection = await sendUpdate(() => handle.executeUpdate(runSteps, { args: [[]] })).catch((error) => error);
      if (!(rejection instanceof WorkflowUpdateFailedError)) throw rejection;
      return undefined;
    }
    case 'cancellation':
      await handle.cancel();
      return undefined;
  }
}
