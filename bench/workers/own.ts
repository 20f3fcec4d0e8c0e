import * as sdk from 'temporal-bun-sdk';
import { main } from '../work/worker.mjs';

await main(sdk);
