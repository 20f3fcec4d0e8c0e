/** Replaces the package when a runtime other than Bun loads it. */
throw new Error('temporal-bun-sdk runs on Bun only: start the worker with "bun worker.ts". See https://bun.sh');
