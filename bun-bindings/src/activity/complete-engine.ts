import { replacePromiseAny } from '../promise-any.ts';
import { keepContextsInEvents } from './event-contexts.ts';

let isComplete = false;

/** Adds behaviour of Node that Bun lacks and activities need. Called before the first activity of the process. */
export function completeEngine(): void {
  if (isComplete) return;
  isComplete = true;
  replacePromiseAny();
  keepContextsInEvents();
}
