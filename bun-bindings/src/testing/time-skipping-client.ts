import type {
  Client,
  ClientOptions,
  TestService,
  WorkflowClient,
  WorkflowClientOptions,
  WorkflowResultOptions,
} from '@temporalio/client';
import { clientLibrary } from '../connection/client-library.ts';

/** Options of a test environment's client. */
export type ClientOptionsForTestEnv = Omit<ClientOptions, 'namespace' | 'connection'>;

/** A connection to a test server. */
interface TestConnection {
  testService: TestService;
}

/** Stands for {@link WorkflowClient}, whose library is loaded with the first instance: meanwhile a workflow thread can start. */
const LateWorkflowClient = function (...args: unknown[]): object {
  const { WorkflowClient } = clientLibrary();
  if (Object.getPrototypeOf(LateWorkflowClient) !== WorkflowClient) {
    Object.setPrototypeOf(LateWorkflowClient, WorkflowClient);
    Object.setPrototypeOf(LateWorkflowClient.prototype, WorkflowClient.prototype);
  }
  return Reflect.construct(WorkflowClient, args, new.target ?? LateWorkflowClient);
} as unknown as typeof WorkflowClient;

/** The workflow client of a test environment. It makes the test server skip time while it waits for a workflow's result. */
export class TimeSkippingWorkflowClient extends LateWorkflowClient {
  protected readonly testService: TestService;

  constructor(options: WorkflowClientOptions) {
    super(options);
    const { testService } = options.connection as Partial<TestConnection>;
    if (!testService) throw new TypeError('The connection of a TimeSkippingWorkflowClient must have a testService');
    this.testService = testService;
  }

  /** Waits for the result of a workflow. The server skips time meanwhile. */
  override async result<T>(workflowId: string, runId?: string, options?: WorkflowResultOptions): Promise<T> {
    await this.testService.unlockTimeSkipping({});
    try {
      return await super.result(workflowId, runId, options);
    } finally {
      await this.testService.lockTimeSkipping({});
    }
  }
}

/** Makes the client of a test environment, which skips time if `unlocksTime`. */
export function newClient(
  options: ClientOptions & { connection: ClientOptions['connection'] & TestConnection },
  unlocksTime: boolean,
): Client {
  const { Client } = clientLibrary();
  const client = new Client(options);
  if (unlocksTime) {
    const workflow = new TimeSkippingWorkflowClient({ ...client.workflow.options, connection: options.connection });
    Object.defineProperty(client, 'workflow', { value: workflow, enumerable: true });
  }
  return client;
}
