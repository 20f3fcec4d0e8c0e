import { getActivator } from '@temporalio/workflow/lib/global-attributes';

/** `performance` of a run: its clock stands still between two tasks, and starts with the workflow. */
export function makePerformance(): object {
  const { startTime } = getActivator().info;
  const timeOrigin = startTime.getTime();
  class Performance {
    get timeOrigin(): number {
      return timeOrigin;
    }

    now(): number {
      return getActivator().now - timeOrigin;
    }

    toJSON(): object {
      return { timeOrigin };
    }

    get [Symbol.toStringTag](): string {
      return 'Performance';
    }
  }
  return new Performance();
}
