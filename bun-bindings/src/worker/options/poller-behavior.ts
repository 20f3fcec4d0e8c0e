/** The number of open polls for tasks of one kind. */
export type PollerBehavior = PollerBehaviorSimpleMaximum | PollerBehaviorAutoscaling;

/** One poll per free slot, up to a maximum. */
export interface PollerBehaviorSimpleMaximum {
  type: 'simple-maximum';
  /** Default: the value of `maxConcurrentWorkflowTaskPolls` or its counterpart. */
  maximum?: number;
}

/** A number of polls that follows the server's scaling hints. */
export interface PollerBehaviorAutoscaling {
  type: 'autoscaling';
  /** Lower bound while slots are free. Default: 1, also the smallest allowed value. */
  minimum?: number;
  /** Upper bound. Default: 100. */
  maximum?: number;
  /** Number of polls at the start. Default: 5, clamped to `minimum` and `maximum`. */
  initial?: number;
}
