import * as sdk from '@temporalio/worker';
// A copy of `../work`, which is made before each run: modules are looked up from where a file is.
import { main } from './work/worker.mjs';

await main(sdk);
