/** `node:timers`, with durable timers. */
import * as promises from './timers-promises.ts';

const { clearInterval, clearTimeout, setInterval, setTimeout } = globalThis;

export { clearInterval, clearTimeout, promises, setInterval, setTimeout };
