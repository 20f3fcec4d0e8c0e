/** How many polls for tasks of one kind are open at once. */
export type PollerBehavior = PollerBehaviorSimpleMaximum | PollerBehaviorAutoscaling;

/** As many polls as there are free slots, up to a maximum. */
export interface PollerBehaviorSimpleMaximum {
  type: 'simple-maximum';
  /** Default: the one of `maxConcurrentWorkflowTaskPolls` and the like. */
  maximum?: number;
}

/** A number of polls that follows the server's hints. */
export interface PollerBehaviorAutoscaling {
  type: 'autoscaling';
  /** At least this many, given free slots. Default 1, also the least. */
  minimum?: number;
  /** At most this many. Default 100. */
  maximum?: number;
  /** This many to begin with. Default 5, brought between `minimum` and `maximum`. */
  initial?: number;
}
