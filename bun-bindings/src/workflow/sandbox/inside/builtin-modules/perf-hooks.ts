/** `node:perf_hooks`: the run's clock. */
import { performance } from 'temporal:run';

export { performance };
