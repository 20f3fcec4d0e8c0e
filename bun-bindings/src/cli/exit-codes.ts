/** Exit codes of `temporal-bun`. Scripts and CI rely on them: a code never changes its meaning. */
export const exitCodes = {
  ok: 0,
  /** The command ran and failed, or what it looked at is not in order. */
  failed: 1,
  /** `replay`: workflow code does not fit a history. */
  nondeterminism: 2,
  /** The command line or the configuration is wrong. */
  usage: 64,
} as const;
