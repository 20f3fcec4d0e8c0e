// Plain JavaScript: Node and Bun run the same file.
import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

export async function echo(text) {
  return text;
}

export async function fail(message) {
  throw ApplicationFailure.nonRetryable(message);
}

export async function failTwice() {
  const { attempt } = Context.current().info;
  if (attempt < 3) throw new Error(`attempt ${attempt}`);
  return `attempt ${attempt}`;
}

/** Ends as cancelled, once it is. */
export async function waitForCancellation() {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 100);
  try {
    await context.cancelled;
  } catch (error) {
    if (error instanceof CancelledFailure) throw error;
  } finally {
    clearInterval(beat);
  }
}

/** Outlives its timeout. */
export async function never() {
  await Context.current().sleep('5s');
}
