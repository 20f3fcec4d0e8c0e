/** The longest delay of a timer, in ms: a signed 32-bit number. A longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
