import {
  Client,
  type ClientOptions,
  type TestService,
  WorkflowClient,
  type WorkflowClientOptions,
  type WorkflowResultOptions,
} from '@temporalio/client';

/** Options of a test environment's client. */
export type ClientOptionsForTestEnv = Omit<ClientOptions, 'namespace' | 'connection'>;

/** A connection to a test server. */
interface TestConnection {
  testService: TestService;
}

/** A client that makes the test server skip time while it waits for a workflow's result. */
export class TimeSkippingClient extends Client {
  constructor(options: ClientOptions & { connection: ClientOptions['connection'] & TestConnection }) {
    super(options);
    const workflow = new TimeSkippingWorkflowClient({ ...this.workflow.options, connection: options.connection });
    Object.defineProperty(this, 'workflow', { value: workflow, enumerable: true });
  }
}

/** The workflow client of a {@link TimeSkippingClient}. */
export class TimeSkippingWorkflowClient extends WorkflowClient {
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
