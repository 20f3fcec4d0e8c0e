/** Brings the drain of a queue to the thread of the queue, whenever there is something to drain. */
export interface Wake {
  /**
   * Makes the native queue. Once.
   *
   * @param drain drains the queue. It is never called from inside of another call.
   * @returns the handle of the queue, which {@link close} closes.
   */
  open(drain: () => void): number;
  /** Tells whether something is under way, for which the process has to stay alive. */
  setBusy(isBusy: boolean): void;
  /** Closes the native queue. `drain` is not called any more. */
  close(): void;
}
