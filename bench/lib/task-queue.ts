import { Client, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection } from 'temporal-bun-sdk';

/** A task queue of its own, and a client in this process, so that what the client costs is not the worker's. */
export class TaskQueue implements AsyncDisposable {
  readonly name = crypto.randomUUID();
  private readonly client: Client;

  static async open(address: string): Promise<TaskQueue> {
    return new TaskQueue(address, await NativeConnection.connect({ address, payloadLimits: { payloadsWarnSize: 0 } }));
  }

  private constructor(
    /** `host:port` of the server. */
    readonly address: string,
    private readonly connection: NativeConnection,
  ) {
    this.client = new Client({ connection });
  }

  start(type: string, args: unknown[]): Promise<WorkflowHandle> {
    return this.client.workflow.start(type, { taskQueue: this.name, workflowId: crypto.randomUUID(), args });
  }

  /** Starts a workflow and waits for its end. */
  async finish(type: string, args: unknown[]): Promise<unknown> {
    return (await this.start(type, args)).result();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}
