/** What the polls for tasks of one kind do. `SHUTDOWN` is also the state of polls that a worker does not make. */
export type PollerState = 'POLLING' | 'SHUTDOWN' | 'FAILED';
