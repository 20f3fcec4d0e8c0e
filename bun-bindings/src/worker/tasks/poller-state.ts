/** The state of the polls for one kind of task. `SHUTDOWN` also stands for a kind that the worker does not poll for. */
export type PollerState = 'POLLING' | 'SHUTDOWN' | 'FAILED';
