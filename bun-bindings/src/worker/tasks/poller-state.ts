/** State of the polls for tasks of one kind. `SHUTDOWN` is also the state of polls that a worker does not make. */
export type PollerState = 'POLLING' | 'SHUTDOWN' | 'FAILED';
