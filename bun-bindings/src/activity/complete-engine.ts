import { replacePromiseAny } from '../promise-any.ts';
import { keepContextsInEvents } from './event-contexts.ts';

let isComplete = false;

/** Gives activities what Node would give them and the engine lacks. Done when the process calls its first activity. */
export function completeEngine(): void {
  if (isComplete) return;
  isComplete = true;
  replacePromiseAny();
  keepContextsInEvents();
}
