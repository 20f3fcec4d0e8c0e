/** Is told when the code of a run begins and ends to run, so that others can see what a thread is at. */
export interface TurnListener {
  /** An activation of this run is applied from now on. The type is undefined for a run that is not in memory. */
  began(runId: string, workflowType: string | undefined): void;
  /** Workflow code runs from now on, for no longer than the execution timeout. */
  entered(): void;
  left(): void;
}
