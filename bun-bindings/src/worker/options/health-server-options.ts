/** Where a worker serves its health. Workers of a process that name the same address share one server. */
export interface HealthServerOptions {
  /** The TCP port, 0 to 65535. 0 is any free port, which the log names. */
  port: number;

  /**
   * The host name or IP address to listen on. `0.0.0.0` is every interface, for probes and scrapes from outside of the
   * machine or container.
   *
   * @default '127.0.0.1'
   */
  hostname?: string;
}
